import Files
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

    private func place(after count: Int, of records: [TraceRecord]) -> TracePlace {
        let bytes = records[..<count].flatMap { $0.framed() }
        var digest = RunningDigest()
        bytes.withUnsafeBytes { digest.update($0) }
        return TracePlace(offset: bytes.count, sha256: digest.text)
    }

    private func resume(_ path: String, _ header: TraceRecord, _ place: TracePlace) throws -> TraceWriter {
        try TraceWriter(resuming: path, header: header, at: place) { _ in }
    }

    /// Whatever an interrupted run had written beyond the saved place, the resumed one's trace is that of a whole run.
    @Test func resumedAnywhereTheTraceIsTheSame() throws {
        let whole = try readBytes(Samples.fixture("trace.pb"))
        for count in 1..<records.count {
            // Cut in the middle of a record, too, but never within what must be kept.
            let place = place(after: count, of: records)
            for length in stride(from: place.offset, to: whole.count, by: 5) {
                _ = try folder.write(Array(whole[..<length]), "trace.pb.partial")
                var kept: [TraceRecord] = []
                let writer = try TraceWriter(resuming: path, header: records[0], at: place) {
                    kept.append($0)
                }
                #expect(kept == Array(records[..<count]))
                #expect(writer.place == place)
                for record in records[count...] { try writer.append(record) }
                #expect(writer.place == self.place(after: records.count, of: records))
                try writer.commit()
                #expect(try readBytes(path) == whole)
            }
        }
    }

    @Test func resumingWhatIsNotThereIsAnError() throws {
        let whole = try readBytes(Samples.fixture("trace.pb"))
        let place = place(after: 4, of: records)
        for length in [0, place.offset - 20, place.offset - 1] {
            _ = try folder.write(Array(whole[..<length]), "trace.pb.partial")
            #expect(throws: TraceError.self) { try resume(path, records[0], place) }
            #expect(try readBytes("\(path).partial").count == length)
        }
        // Within a record, and with one bit of a number changed.
        _ = try folder.write(whole, "trace.pb.partial")
        let within = TracePlace(offset: place.offset - 1, sha256: place.sha256)
        #expect(throws: TraceError.self) { try resume(path, records[0], within) }
        var damaged = whole
        damaged[place.offset - 20] ^= 1
        _ = try folder.write(damaged, "trace.pb.partial")
        #expect(throws: TraceError.self) { try resume(path, records[0], place) }
        #expect(try readBytes("\(path).partial") == damaged)
    }

    @Test func resumingAnotherRunsTraceIsAnError() throws {
        _ = try folder.trace("trace.pb.partial", Array(records[..<4]))
        var header = Samples.header
        header.options[0].value = "0.02"
        let error = #expect(throws: TraceError.self) {
            try resume(path, .header(header), place(after: 4, of: records))
        }
        #expect(error?.problem == "not the trace of the run to resume: option lr: 0.02 and 0.01")
    }

    @Test func resumedOnOtherRanks() throws {
        let ranksPath = TraceFiles(inFolder: folder.path).ranks
        let ranks = Samples.rankRecords
        let place = place(after: 2, of: ranks)
        _ = try folder.trace("trace-ranks.pb.partial", Array(ranks[..<2]))
        let writer = try resume(ranksPath, ranks[2], place)
        try writer.append(ranks[3])
        try writer.commit()
        #expect(try readAll(ranksPath) == ranks)

        // On the same ranks there is nothing to say anew.
        _ = try folder.trace("trace-ranks.pb.partial", Array(ranks[..<2]))
        let same = try resume(ranksPath, ranks[0], place)
        #expect(try readAll(same.partialPath) == Array(ranks[..<2]))
    }

    @Test func anUnwritablePlaceIsAnInputError() throws {
        #expect(throws: (any Error).self) {
            try TraceWriter("\(folder.path)/none/trace.pb", header: records[0])
        }
    }
}
