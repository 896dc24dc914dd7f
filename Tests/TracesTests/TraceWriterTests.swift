import Foundation
import TestSupport
import Testing

@testable import Traces

@Suite struct TraceWriterTests {
    private let folder: TemporaryFolder
    private let path: String
    private let records = Samples.records

    init() throws {
        folder = try TemporaryFolder()
        path = TraceFiles(inFolder: folder.path).steps
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func everyRecordIsThereBeforeTheEnd() throws {
        let writer = try TraceWriter(path, header: records[0])
        for count in 1..<4 {
            try writer.append(records[count])
            #expect(try readAll(writer.partialPath) == Array(records[...count]))
        }
        #expect(!exists(path))
        #expect(try TraceFiles.resolve(folder.path) == writer.partialPath)
        try writer.commit()
        #expect(exists(path) && !exists(writer.partialPath))
        #expect(try TraceFiles.resolve(folder.path) == path)
    }

    @Test func aDiscardedTraceLeavesNothing() throws {
        let writer = try TraceWriter(path, header: records[0])
        writer.discard()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    /// Whatever an interrupted run had written beyond the saved step, the resumed one's trace is that of a whole run.
    @Test func resumedAnywhereTheTraceIsTheSame() throws {
        let whole = try readBytes(Samples.fixture("trace.pb"))
        for (nextStep, firstAgain) in [(0, 1), (1, 3), (2, 4)] {
            // Cut in the middle of a record, too, but never within what must be kept.
            let keptLength = records[..<firstAgain].reduce(0) { $0 + $1.framed().count }
            for length in stride(from: keptLength, to: whole.count, by: 5) {
                _ = try folder.write(Array(whole[..<length]), "trace.pb.partial")
                let writer = try TraceWriter(resuming: path, header: records[0], nextStep: nextStep)
                for record in records[firstAgain...] { try writer.append(record) }
                try writer.commit()
                #expect(try readBytes(path) == whole)
            }
        }
    }

    @Test func resumingWithoutTheStepsIsAnError() throws {
        let whole = try readBytes(Samples.fixture("trace.pb"))
        _ = try folder.write(Array(whole[..<(records[0].framed().count + 20)]), "trace.pb.partial")
        let error = #expect(throws: TraceError.self) {
            try TraceWriter(resuming: path, header: records[0], nextStep: 2)
        }
        #expect(error?.problem == "expected the steps before 2, found those before 0")
    }

    @Test func resumingAnotherRunsTraceIsAnError() throws {
        _ = try folder.trace("trace.pb.partial", Array(records[..<4]))
        var header = Samples.header
        header.options[0].value = "0.02"
        let error = #expect(throws: TraceError.self) {
            try TraceWriter(resuming: path, header: .header(header), nextStep: 1)
        }
        #expect(error?.problem == "not the trace of the run to resume: option lr: 0.02 and 0.01")
    }

    @Test func resumedOnOtherRanks() throws {
        let ranksPath = TraceFiles(inFolder: folder.path).ranks
        let ranks = Samples.rankRecords
        _ = try folder.trace("trace-ranks.pb.partial", Array(ranks[..<2]))
        let writer = try TraceWriter(resuming: ranksPath, header: ranks[2], nextStep: 1)
        try writer.append(ranks[3])
        try writer.commit()
        #expect(try readAll(ranksPath) == ranks)

        // On the same ranks there is nothing to say anew.
        _ = try folder.trace("trace-ranks.pb.partial", Array(ranks[..<2]))
        let same = try TraceWriter(resuming: ranksPath, header: ranks[0], nextStep: 1)
        #expect(try readAll(same.partialPath) == Array(ranks[..<2]))
    }

    @Test func anUnwritablePlaceIsAnInputError() throws {
        #expect(throws: (any Error).self) {
            try TraceWriter("\(folder.path)/none/trace.pb", header: records[0])
        }
    }
}
