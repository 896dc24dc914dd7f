import Diagnostics
import Foundation
import MessagePassing
import PoolSupport
import Runs
import TestSupport
import Testing

@testable import Coordination

/// Digests of data sets: the same on any number of ranks, and other where a pixel is.
@Suite struct DataDigestTests {
    private func digests(
        _ data: [[String]],
        models: [String]? = nil
    ) throws -> [Result<[String]?, any Error>] {
        let fixture = try PoolFixture()
        let hosts = data.indices.map { "host\($0)" }
        return MemoryTransport.run(ranks: data.count, hosts: hosts) { transport in
            let inputs = try RunInputs.open(
                models: models ?? fixture.models,
                datasets: data[transport.rank],
                on: transport
            )
            try transport.agree(on: inputs, options: [])
            let worker = Worker(transport, inputs, WorkSettings(inputs, threads: 2))
            return try Coordinator.run(worker) { try $0.dataDigests() }
        }
    }

    private func digest(_ reference: String, ranks: Int = 1) throws -> String {
        let outcomes = try digests(Array(repeating: [reference], count: ranks))
        return try #require(try outcomes[0].get())[0]
    }

    @Test func areTheSameOnAnyNumberOfRanks() throws {
        let fixture = try PoolFixture()
        for reference in [fixture.data, fixture.data + "[3:10]"] {
            let alone = try digest(reference)
            for ranks in [2, 3, 7] { #expect(try digest(reference, ranks: ranks) == alone) }
        }
        #expect(try digest(fixture.data) != digest(fixture.data + "[1:]"))
        #expect(try digest(fixture.data + "[0:7]") != digest(fixture.data + "[3:10]"))
    }

    /// Copies of a data set of `count` images in safetensors; `change` is given its bytes.
    private func copies(_ scratch: [TemporaryFolder], _ change: (Int, inout [UInt8]) -> Void) throws
        -> [[String]]
    {
        try scratch.indices.map { rank in
            let count = 200
            let header =
                "{\"images\":{\"dtype\":\"U8\",\"shape\":[\(count),12,12],\"data_offsets\":[0,\(count * 144)]},"
                + "\"labels\":{\"dtype\":\"U8\",\"shape\":[\(count)],\"data_offsets\":[\(count * 144),\(count * 145)]}}"
            var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
            bytes += Array(header.utf8)
            bytes += (0..<count * 144).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            bytes += (0..<count).map { UInt8($0 % 5) }
            change(rank, &bytes)
            return [try scratch[rank].write(bytes, "data.safetensors")]
        }
    }

    @Test func oneImageThatDiffersIsRefused() throws {
        let scratch = try (0..<3).map { _ in try TemporaryFolder() }
        let alike = try copies(scratch) { _, _ in }
        for outcome in try digests(alike) { _ = try outcome.get() }
        let together = try #require(try digests(alike)[0].get())
        // By Python's hashlib: 64 parts (images, then labels as int32), and over their digests in hexadecimal.
        #expect(together == ["798edbfcdb33d8b641498e09828e37312630e89344e1e474510b044b78f2ba80"])
        // A pixel of one of the last images, on the last rank.
        let data = try copies(scratch) { rank, bytes in
            if rank == 2 { bytes[bytes.count - 200 - 7 * 144] ^= 1 }
        }
        for outcome in try withExtendedLifetime(scratch, { try digests(data) }) {
            let error = try #require(throws: (any Error).self) { try outcome.get() }
            #expect(error is any InputError)
            for word in ["data.safetensors: expected the same contents", "host0 (rank 0)", "host2 (rank 2)"] {
                #expect("\(error)".contains(word), "\(error)")
            }
        }
    }
}
