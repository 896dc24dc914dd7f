import Diagnostics
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

/// Files that PyTorch wrote, against what PyTorch says is in them.
@Suite struct TorchFileTests {
    struct Expected: Decodable {
        let name: String
        let type: String
        let shape: [Int]
        /// Row-major, in hexadecimal.
        let bytes: String
    }

    private static func expected() throws -> [Expected] {
        let data = try Data(contentsOf: URL(fileURLWithPath: fixture("torch/expected.json")))
        return try JSONDecoder().decode([Expected].self, from: data)
    }

    private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String(format: "%02x", $0) }.joined()
    }

    private func stored(_ file: Checkpoint, _ tensor: StoredTensor, _ range: Range<Int>? = nil) throws
        -> [UInt8]
    {
        let range = range ?? 0..<tensor.count
        var bytes = [UInt8](repeating: 0, count: range.count * tensor.type.byteCount)
        try file.copyStored(tensor, range, into: &bytes)
        return bytes
    }

    static let whole = [
        "plain.pt", "protocol4.pth", "protocol5.bin", "training.ckpt", "averaged.pt", "plain.safetensors",
        "sharded", "sharded/model.safetensors.index.json", "sharded_bin",
    ]

    @Test(arguments: whole) func readsWhatPyTorchWrote(name: String) throws {
        // Beside the weights of the last step training.ckpt has an average.
        let file = try Checkpoint(fixture("torch/\(name)"), weights: name == "training.ckpt" ? .raw : nil)
        let expected = try Self.expected()
        #expect(Set(file.tensors.keys) == Set(expected.map(\.name)))
        for entry in expected {
            let tensor = try #require(file.tensors[entry.name])
            #expect(tensor.type.rawValue == entry.type)
            #expect(tensor.shape == entry.shape)
            #expect(hexadecimal(try stored(file, tensor)) == entry.bytes, "\(entry.name)")
        }
    }

    @Test func slicesEqualTheWhole() throws {
        let file = try Checkpoint(fixture("torch/plain.pt"))
        for tensor in file.tensors.values {
            let whole = try stored(file, tensor)
            let size = tensor.type.byteCount
            for first in 0...tensor.count {
                for end in first...tensor.count {
                    let part = try stored(file, tensor, first..<end)
                    #expect(part == Array(whole[first * size..<end * size]))
                    guard let type = tensor.type.element, first < end else { continue }
                    var numbers = [Float](repeating: 0, count: end - first)
                    var decoded = numbers
                    try file.read(tensor, first..<end, into: &numbers)
                    type.decode(part, count: end - first, into: &decoded)
                    #expect(numbers == decoded)
                }
            }
        }
    }

    @Test func tellsWhereTheWeightsComeFrom() throws {
        func facts(_ name: String) throws -> [String] {
            let listing = try Checkpoint(fixture("torch/\(name)")).listing
            return [listing.container.rawValue, listing.wrapper ?? "", listing.prefix]
        }
        #expect(try facts("plain.pt") == ["PyTorch", "", ""])
        // Averaged weights go before raw ones, as in timm's loader.
        #expect(try facts("training.ckpt") == ["PyTorch", "model_ema", "module._orig_mod."])
        #expect(try facts("averaged.pt") == ["PyTorch", "ema", ""])
        #expect(try facts("sharded") == ["safetensors", "", ""])
        #expect(try facts("sharded_bin") == ["PyTorch", "", ""])
        let module = try Checkpoint(fixture("torch/module.pt"))
        #expect(
            Array(module.tensors.keys)
                == ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"]
                + ["1.num_batches_tracked"]
        )
    }

    @Test func knowsTiedTensors() throws {
        #expect(try Checkpoint(fixture("torch/plain.pt")).tied == [["tied.a", "tied.b"]])
        #expect(try Checkpoint(fixture("torch/plain.safetensors")).tied.isEmpty)
    }

    /// A file, and what the message must say.
    static let refused: [(name: String, says: String)] = [
        ("legacy.pt", "the form of PyTorch before 1.6"),
        ("script.pt", "a TorchScript program"),
        ("evil.pt", "found posix.system, which is not run here"),
        ("evil_inside.pt", "found posix.system, which is not run here"),
        ("whole_module.pt", "found torch.nn.modules.container.Sequential, which is not run here"),
        ("not_a_tensor.pt", "tensor \"epoch\": expected a tensor, found a whole number"),
        ("no_tensors.pt", "expected tensors, by themselves or under state_dict, model"),
        ("deflated.pt", "found a deflated one"),
        ("expected.json", "found a JSON text: name the checkpoints alone, as in '"),
        ("", "expected one checkpoint in this folder"),
    ]

    @Test(arguments: refused.indices) func refusesWithOneLine(index: Int) throws {
        let (name, says) = Self.refused[index]
        let path = fixture("torch/\(name)")
        let message = try #require(refusal(path))
        #expect(message.contains(says), "\(message)")
        #expect(message.hasPrefix(path.hasSuffix("/") ? String(path.dropLast()) : path))
        #expect(!message.contains("\n"))
        #expect(!FileManager.default.fileExists(atPath: "pwned"))
    }

    @Test func refusesTheFileCutAnywhere() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: fixture("torch/plain.pt"))
        for length in 0..<whole.count {
            let message = refusal(try folder.write(Array(whole[..<length]), "cut.pt"))
            #expect(message?.hasPrefix(folder.path) == true, "cut to \(length) bytes")
            #expect(message?.contains("\n") == false)
        }
    }

    /// Any byte changed: refused in one line or read as something else, never a crash.
    @Test func survivesAnyChangedByte() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: fixture("torch/plain.pt"))
        for place in whole.indices {
            for value: UInt8 in [0xFF, whole[place] ^ 1] {
                var changed = whole
                changed[place] = value
                let path = try folder.write(changed, "changed.pt")
                let message = refusal(path)
                #expect(message?.contains("\n") != true)
                #expect(message?.hasPrefix("not an") != true)
                guard message == nil, let file = try? Checkpoint(path) else { continue }
                for tensor in file.tensors.values { _ = try stored(file, tensor) }
            }
        }
    }
}

/// What opening a checkpoint says; nil where it opens.
func refusal(_ path: String) -> String? {
    do {
        _ = try Checkpoint(path)
        return nil
    } catch let error as any InputError {
        return error.description
    } catch {
        return "not an InputError: \(error)"
    }
}
