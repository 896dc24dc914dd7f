import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Indexes of shards that say what is not so.
@Suite struct ShardTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (name, tensor) in [("1.safetensors", "a"), ("2.safetensors", "b")] {
            let header = "{\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
            _ = try folder.write(safetensors(header, data: littleEndian([1])), name)
        }
    }

    private func refusal(_ index: String) throws -> String? {
        CheckpointsTests.refusal(try folder.write(Array(index.utf8), "m.safetensors.index.json"))
    }

    private func map(_ entries: String) -> String { "{\"weight_map\":{\(entries)}}" }

    @Test func acceptsTheSoundOne() throws {
        #expect(try refusal(map(#""a":"1.safetensors","b":"2.safetensors""#)) == nil)
        let file = try Checkpoint(folder.path)
        #expect(Array(file.tensors.keys) == ["a", "b"])
        #expect(file.path == folder.file("m.safetensors.index.json"))
        #expect(file.filePaths == [folder.file("1.safetensors"), folder.file("2.safetensors")])
        // What sha256sum says of its own lines for the two shards.
        #expect(
            try file.sha256() == "28925575b8aabf6f2b3b51405a05ebe20f35e2030727a3662160205840f94606"
        )
    }

    @Test(arguments: [
        ("", "an index with a \"weight_map\""), ("[]", "an index with a \"weight_map\""),
        (#"{"weight_map":{}}"#, "an index with"), (#"{"weight_map":{"a":1}}"#, "an index with"),
    ])
    func refusesWhatIsNoIndex(text: String, says: String) throws {
        #expect(try refusal(text)?.contains(says) == true)
    }

    @Test func refusesAnIndexThatIsWrong() throws {
        for (entries, says) in [
            (#""a":"1.safetensors""#.replacingOccurrences(of: "1", with: "3"), "3.safetensors: cannot open"),
            (#""a":"../x.safetensors""#, "expected the name of a file beside the index"),
            (#""a":"/etc/passwd""#, "expected the name of a file beside the index"),
            (#""a":".hidden""#, "expected the name of a file beside the index"),
            (#""a":"2.safetensors""#, "tensor \"b\": expected it in no shard"),
            (#""a":"2.safetensors","b":"1.safetensors""#, "tensor \"a\": expected it in 2.safetensors"),
            (
                #""a":"1.safetensors","b":"2.safetensors","c":"2.safetensors""#,
                "tensor \"c\": expected it in 2."
            ),
        ] {
            let message = try refusal(map(entries))
            #expect(message?.contains(says) == true, "\(message ?? "nil")")
            #expect(message?.contains("\n") == false)
        }
    }
}
