import Foundation
import PoolSupport
import TestSupport
import Testing
import Traces

@testable import Runs

/// What the trace says of groups that stood still.
@Suite struct StillGroupTests {
    /// Behind a head whose weights are all zero no parameter changes the loss, so only the head's gradient is not zero.
    @Test func theTraceNamesEveryGroupBehindADeadHead() throws {
        let pool = try TemporaryFolder()
        let fixture = try PoolFixture()
        for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder) {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(fixture.folder)/\(name)"))
            if name.hasSuffix(".safetensors") { try clear("head.weight", in: &bytes) }
            _ = try pool.write(Array(bytes), name)
        }
        let scratch = try TemporaryFolder()
        _ = try learn(
            ranks: 2,
            PoolFixture.settings(),
            into: scratch.path,
            models: ["\(pool.path)/model_*.safetensors"]
        )[0].get()
        let reader = try TraceReader(scratch.file("trace.pb"))
        let groups = try reader.readHeader().groups
        let behind = groups.indices.filter { !groups[$0].name.hasPrefix("head.") }
        #expect(behind.count == groups.count - 2)
        var steps = 0
        while let record = try reader.next() {
            guard case .step(let step) = record else { continue }
            #expect(step.stillGroups == behind)
            steps += 1
        }
        #expect(steps == 20)
    }

    /// Zeroes a tensor of a safetensors file: a length in 8 bytes, a JSON header, then the data.
    private func clear(_ name: String, in file: inout Data) throws {
        let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONSerialization.jsonObject(with: file[8..<8 + length]) as? [String: Any]
        let tensor = try #require(header?[name] as? [String: Any])
        let offsets = try #require(tensor["data_offsets"] as? [Int])
        let range = 8 + length + offsets[0]..<8 + length + offsets[1]
        file.replaceSubrange(range, with: Data(count: range.count))
    }
}
