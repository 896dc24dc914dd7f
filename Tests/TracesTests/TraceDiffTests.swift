import TestSupport
import Testing

@testable import Traces

@Suite struct TraceDiffTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func diff(
        _ change: (inout [TraceRecord]) -> Void,
        tolerance: Double = 0
    ) throws -> (isEqual: Bool, lines: [String]) {
        var records = Samples.records
        change(&records)
        let left = try Samples.fixture("trace.pb")
        let right = try folder.trace("other.pb", records)
        var lines: [String] = []
        let isEqual = try TraceDiff(tolerance: tolerance).compare(left, right) { lines.append($0) }
        return (isEqual, lines)
    }

    private func changeStep(
        _ index: Int,
        tolerance: Double = 0,
        _ change: (inout TraceStep) -> Void
    ) throws -> (isEqual: Bool, lines: [String]) {
        try diff(
            { records in
                guard case .step(var step) = records[index] else { return }
                change(&step)
                records[index] = .step(step)
            },
            tolerance: tolerance
        )
    }

    @Test func theSameTraceIsTheSame() throws {
        let same = try diff { _ in }
        #expect(same.isEqual)
        #expect(same.lines == ["the same: 3 steps"])
    }

    @Test func theFirstDifferenceIsNamed() throws {
        // α of the block's second ingredient (model_00) in the first group (head.weight): place 1·2 + 0.
        let alpha = try changeStep(3) { $0.alpha[2] = 0.75.nextUp }
        #expect(!alpha.isEqual)
        #expect(
            alpha.lines == [
                "differs first: step 1: alpha of head.weight, model_00.safetensors: 0.75 and 0.7500000000000001"
            ]
        )
        let gradient = try changeStep(2) {
            $0.gradient[1] = 0
            $0.learningRate = 7
        }
        #expect(
            gradient.lines == [
                "differs first: step 0: gradient of head.bias, a, \"quoted\" µ.safetensors: -2.5 and 0.0"
            ]
        )
        #expect(
            try changeStep(2) { $0.loss = 1 }.lines[0].contains("step 0: loss: 2.302585092994046 and 1.0")
        )
        #expect(
            try changeStep(5) { $0.samples = [8] }.lines == [
                "differs first: step 2: samples: place 0: 9 and 8"
            ]
        )
        #expect(try changeStep(2) { $0.alpha[3] = 0 }.lines[0].contains("-0.0 and 0.0"))
    }

    @Test func toleranceIsAbsoluteBelowOneAndRelativeAbove() throws {
        #expect(try changeStep(3, tolerance: 1e-5) { $0.alpha[0] += 0.9e-5 }.isEqual)
        #expect(try !changeStep(3, tolerance: 1e-5) { $0.alpha[0] += 1.1e-5 }.isEqual)
        #expect(try changeStep(5, tolerance: 1e-5) { $0.alpha[1] += 7e-5 }.isEqual)
        #expect(try !changeStep(5, tolerance: 1e-5) { $0.alpha[1] += 9e-5 }.isEqual)
        #expect(try !changeStep(5, tolerance: 1e-5) { $0.alpha[1] = .nan }.isEqual)
    }

    @Test func aTraceThatEndsEarlier() throws {
        let shorter = try diff { $0.removeLast(4) }
        #expect(!shorter.isEqual)
        #expect(shorter.lines == ["differs first: record 5: step 2 and the end"])
    }

    @Test func headersAreCompared() throws {
        func changeHeader(_ change: (inout TraceHeader) -> Void) throws -> (isEqual: Bool, lines: [String]) {
            try diff { records in
                var header = Samples.header
                change(&header)
                records[0] = .header(header)
            }
        }
        let option = try changeHeader { $0.options[0].value = "0.02" }
        #expect(!option.isEqual)
        #expect(option.lines == ["differs: option lr: 0.01 and 0.02"])
        let version = try changeHeader { $0.programVersion = "0.2.0" }
        #expect(version.isEqual)
        #expect(version.lines == ["note: program version: 0.1.0 and 0.2.0", "the same: 3 steps"])
        let seed = try changeHeader { $0.seed = 5 }
        #expect(!seed.isEqual)
        #expect(seed.lines == ["differs: seed: 18446744073709551615 and 5"])
        let group = try changeHeader { $0.groups[1].name = "tail.bias" }
        #expect(!group.isEqual)
        #expect(group.lines == ["differs: group 1: head.bias and tail.bias"])
        let fewer = try diff { records in
            var header = Samples.header
            header.ingredients.append("b")
            records = [.header(header)]
        }
        #expect(!fewer.isEqual)
        #expect(fewer.lines == ["differs: number of ingredients: 3 and 4"])
    }

    /// The same pool and data on another machine: the numbers decide.
    @Test func pathsAreNotesAndStepsAreCompared() throws {
        func elsewhere(_ loss: Double, data: String?) throws -> (isEqual: Bool, lines: [String]) {
            try diff { records in
                var header = Samples.header
                header.ingredients = header.ingredients.map { "there/\($0)" }
                header.options += data.map { [.init(name: "data", value: $0)] } ?? []
                var step = Samples.steps[1]
                step.loss = loss
                records[0] = .header(header)
                records[3] = .step(step)
            }
        }
        let paths = Samples.header.ingredients.enumerated().map { index, path in
            "note: ingredient \(index): \(path) and there/\(path)"
        }
        let same = try elsewhere(0.5, data: "idx:there")
        #expect(same.isEqual)
        #expect(same.lines == paths + ["note: option data: none and idx:there", "the same: 3 steps"])
        let other = try elsewhere(0.25, data: nil)
        #expect(!other.isEqual)
        #expect(other.lines == paths + ["differs first: step 1: loss: 0.5 and 0.25"])
    }

    @Test func stillGroupsAreCompared() throws {
        let one = try changeStep(2) { $0.stillGroups = [1] }
        #expect(!one.isEqual)
        #expect(one.lines == ["differs first: step 0: still groups: number: 0 and 1"])
    }
}
