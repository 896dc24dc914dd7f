import TestSupport
import Testing

@testable import Traces

/// Against files that Google's protoc made of a text.
@Suite struct TraceFormatTests {
    @Test func readsWhatProtocWrote() throws {
        #expect(try readAll(Samples.fixture("trace.pb")) == Samples.records)
        #expect(try readAll(Samples.fixture("trace-ranks.pb")) == Samples.rankRecords)
    }

    @Test func writesWhatProtocWrites() throws {
        let folder = try TemporaryFolder()
        for (name, records) in [("trace.pb", Samples.records), ("trace-ranks.pb", Samples.rankRecords)] {
            let writer = try TraceWriter("\(folder.path)/\(name)", header: records[0])
            for record in records.dropFirst() { try writer.append(record) }
            try writer.commit()
            #expect(try readBytes("\(folder.path)/\(name)") == readBytes(Samples.fixture(name)))
        }
    }

    @Test func lengthsAreVarints() {
        #expect(varint(0) == [0])
        #expect(varint(127) == [0x7F])
        // The worked example of protobuf's own documentation.
        #expect(varint(150) == [0x96, 0x01])
        #expect(varint(.max) == Array(repeating: 0xFF, count: 9) + [0x01])
    }

    /// `still_groups` is field 13, packed: tag 13 · 8 + 2, length 2, places 0 and 1.
    @Test func stillGroupsReadBackAndAreTheirOwnField() throws {
        var step = Samples.steps[2]
        step.stillGroups = [0, 1]
        step.temperature = 1
        let bytes = TraceRecord.step(step).framed()
        #expect(Array(bytes.suffix(4)) == [0x6A, 2, 0, 1])
        let folder = try TemporaryFolder()
        var records = Samples.records
        records[5] = .step(step)
        #expect(try readAll(folder.trace("still.pb", records)) == records)
    }

    @Test func minusZeroKeepsItsSignInArrays() throws {
        guard case .step(let step) = try readAll(Samples.fixture("trace.pb"))[2] else {
            Issue.record("expected a step")
            return
        }
        #expect(step.alpha[3].sign == .minus)
    }
}
