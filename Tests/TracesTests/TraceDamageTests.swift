import Diagnostics
import TestSupport
import Testing

@testable import Traces

/// Broken files: an error that names record and byte, never a crash.
@Suite struct TraceDamageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(arguments: ["trace.pb", "trace-ranks.pb"])
    func cutAtEveryByte(name: String) throws {
        let whole = try readBytes(Samples.fixture(name))
        let records = name == "trace.pb" ? Samples.records : Samples.rankRecords
        // Where each record ends.
        var ends = [0]
        for record in records { ends.append((ends.last ?? 0) + record.framed().count) }
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), "cut.pb")
            let reader = try TraceReader(path)
            let wholeRecords = ends.filter { $0 <= length }.count - 1
            for record in records.prefix(wholeRecords) { #expect(try reader.next() == record) }
            if ends.contains(length) {
                #expect(try reader.next() == nil)
                continue
            }
            do {
                let record = try reader.next()
                Issue.record("cut at \(length): found \(String(describing: record))")
            } catch let error as TraceError {
                #expect(error.record == wholeRecords && error.offset == ends[wholeRecords])
                #expect(
                    "\(error)".hasPrefix("\(path): record \(wholeRecords) at byte \(ends[wholeRecords]): ")
                )
                #expect(!"\(error)".contains("\n"))
            }
        }
    }

    @Test func everyByteChanged() throws {
        let whole = try readBytes(Samples.fixture("trace.pb"))
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= [0x01, 0x80, 0xFF][index % 3]
            let path = try folder.write(bytes, "changed.pb")
            // Some changes make another trace (a number, a name); the others must be input errors.
            do {
                try TraceSummary(path) { _ in }.show()
                try TraceSummary(path) { _ in }.show(step: 1)
                for format in TraceExport.Format.allCases {
                    try TraceExport.export(path, as: format) { _ in }
                }
                _ = try TraceDiff().compare(path, Samples.fixture("trace.pb")) { _ in }
            } catch {
                #expect(error is any InputError)
            }
        }
    }

    @Test func aHugeLengthIsRefused() throws {
        let start = Samples.records[0].framed()
        for length: UInt64 in [1 << 40, .max, 1 << 63, UInt64(Int.max)] {
            let path = try folder.write(start + varint(length) + [1, 2, 3], "huge.pb")
            let reader = try TraceReader(path)
            _ = try reader.next()
            let error = #expect(throws: TraceError.self) { try reader.next() }
            #expect(error?.problem.hasPrefix("expected \(length) bytes, found 3 to the end") == true)
        }
        let path = try folder.write(start + Array(repeating: 0xFF, count: 20), "endless.pb")
        let reader = try TraceReader(path)
        _ = try reader.next()
        #expect(throws: TraceError.self) { try reader.next() }
    }

    private func problem(_ records: [TraceRecord]) throws -> String? {
        let path = try folder.trace("wrong.pb", records)
        do {
            _ = try readAll(path)
            return nil
        } catch let error as TraceError {
            #expect(error.record == records.count - 1)
            return error.problem
        }
    }

    @Test func recordsThatContradictEachOther() throws {
        let (header, block) = (Samples.records[0], Samples.records[1])
        let ranks = Samples.rankRecords
        func other(_ ingredients: [Int], norms: Int) -> TraceRecord {
            let norms = [Double](repeating: 1, count: norms)
            return .coefficientBlock(.init(outerEpoch: 0, index: 0, ingredients: ingredients, norms: norms))
        }
        func step(_ change: (inout TraceStep) -> Void) -> TraceRecord {
            var step = Samples.steps[0]
            change(&step)
            return .step(step)
        }
        let evaluation = TraceEvaluation(step: 0, subject: .mean, part: .all, loss: 1, correct: 7, samples: 8)
        let wrong: [([TraceRecord], String)] = [
            ([block], "expected a header, found a coefficient block"),
            ([header, header], "expected a coefficient block, found a header"),
            ([header, Samples.records[2]], "expected a coefficient block, found a step"),
            ([header, other([0, 3], norms: 4)], "ingredients: expected less than 3, found 3"),
            ([header, other([1, 1], norms: 4)], "ingredients: expected different ones, found one twice"),
            (
                [header, other([0, 1], norms: 3)],
                "norms: expected 2 ingredients × 2 groups, found 3 numbers"
            ),
            ([header, block, step { $0.number = 1 }], "expected step 0, found step 1"),
            (
                [header, block, step { $0.alpha.removeLast() }],
                "alpha: expected 2 ingredients × 2 groups, found 3 numbers"
            ),
            (
                [header, block, step { $0.gradient.append(0) }],
                "gradient: expected 2 ingredients × 2 groups, found 5 numbers"
            ),
            (
                [header, block, step { $0.coefficientBlock = 1 }],
                "expected a step of coefficient block 0 of outer epoch 0, found one of 1 of 0"
            ),
            (
                [header, block, step { $0.stillGroups = [0, 2] }],
                "still groups: expected less than 2, found 2"
            ),
            (
                [header, block, step { $0.stillGroups = [1, 0] }],
                "still groups: expected ascending ones, found 0 after 1"
            ),
            (
                [header, block, step { $0.stillGroups = [1, 1] }],
                "still groups: expected ascending ones, found 1 after 1"
            ),
            (
                [header, .footer(.init(alpha: [1], heldOutAccuracy: 0, heldOutLoss: 0))],
                "alpha: expected 3 ingredients × 2 groups, found 1 numbers"
            ),
            ([.evaluation(evaluation)], "expected a header, found an evaluation"),
            (
                [header, block, step { _ in }, .evaluation(evaluation)],
                "expected an evaluation after 1 steps, found one after 0"
            ),
            (
                [
                    header,
                    .evaluation(
                        {
                            var wrong = evaluation
                            wrong.ingredients = [0, 3]
                            return wrong
                        }()
                    ),
                ],
                "ingredients: expected less than 3, found 3"
            ),
            (
                [
                    header,
                    .evaluation(
                        {
                            var wrong = evaluation
                            wrong.correct = 9
                            return wrong
                        }()
                    ),
                ],
                "correct: expected at most 8, found 9"
            ),
            (
                Samples.records + [block],
                "expected the end of the file after the footer, found a coefficient block"
            ),
            ([header, ranks[0]], "expected a coefficient block, found a ranks' header"),
            ([ranks[0], header], "expected a step of the ranks or a ranks' header, found a header"),
            ([ranks[2], ranks[1]], "ranks: expected 1, found 2"),
        ]
        for (records, expected) in wrong { #expect(try problem(records) == expected) }
    }

    @Test func unknownFormatsAndKindsAreRefused() throws {
        // Record { header { format: 2 } } and Record { } by hand, from the wire format's description.
        let newer = try folder.write([4, 0x0A, 2, 0x08, 2], "newer.pb")
        #expect(throws: TraceError(newer, record: 0, offset: 0, "expected format 1, found format 2")) {
            try readAll(newer)
        }
        let empty = try folder.write([0], "empty.pb")
        #expect(throws: TraceError.self) { try readAll(empty) }
        let nothing = try folder.write([], "nothing.pb")
        #expect(throws: TraceError(nothing, "expected a trace, found an empty file")) {
            try TraceSummary(nothing) { _ in }.show()
        }
    }

    @Test func anotherKindOfFileIsNamed() throws {
        let ranks = try Samples.fixture("trace-ranks.pb")
        let error = #expect(throws: TraceError.self) { try TraceSummary(ranks) { _ in }.show() }
        #expect(error?.problem == "expected a trace of steps (trace.pb), found a ranks' header at its start")
        #expect(throws: (any Error).self) { try TraceSummary(folder.path) { _ in } }
        #expect(throws: (any Error).self) { try TraceSummary("\(folder.path)/none") { _ in } }
    }
}
