import Checkpoints
import Foundation
import Tensors

extension FuzzTarget {
    /// Weights and coefficients.
    static let checkpoints = [
        FuzzTarget("safetensors") { folder, bytes in
            try read(Checkpoint(folder.write(bytes, "model.safetensors")))
        },
        FuzzTarget("index") { folder, bytes in
            for (name, tensor) in [("a.safetensors", "first"), ("b.safetensors", "second")] {
                _ = try folder.write(shard(tensor), name)
            }
            try read(Checkpoint(folder.write(bytes, "model.safetensors.index.json")))
        },
        FuzzTarget("pickle") { folder, bytes in
            let archive = StoredZip.archive([
                ("m/data.pkl", bytes), ("m/byteorder", Array("little".utf8)),
                ("m/data/0", (0..<255).map { UInt8($0) }), ("m/data/1", [0, 0, 0x80, 0x3F]),
            ])
            try read(Checkpoint(folder.write(archive, "model.pt")))
        },
        FuzzTarget("torch") { folder, bytes in
            try read(Checkpoint(folder.write(bytes, "model.pt")))
        },
        FuzzTarget("coefficients") { folder, bytes in
            let file = try CoefficientsFile(folder.write(bytes, "coefficients.json"))
            _ = file.warning
            try file.write(to: "\(folder.path)/copy.json")
            guard try CoefficientsFile("\(folder.path)/copy.json") == file else {
                throw FuzzFinding("coefficients that are others when they are written and read again")
            }
        },
    ]

    /// Does with a checkpoint what the program does: lists it, sends the listing, reads a rank's part, carries tensors.
    private static func read(_ checkpoint: Checkpoint) throws {
        _ = (checkpoint.tied, checkpoint.filePaths, checkpoint.identities)
        _ = try checkpoint.sha256()
        let listing = try JSONEncoder().encode(checkpoint.listing)
        let sent = try Checkpoint(
            checkpoint.path,
            listing: JSONDecoder().decode(CheckpointListing.self, from: listing),
            sketch: checkpoint.sketch(),
            host: "elsewhere"
        )
        guard sent.tensors == checkpoint.tensors else {
            throw FuzzFinding("a listing that changes when sent")
        }
        for tensor in checkpoint.tensors.values {
            let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(tensor.byteCount, 1), alignment: 16)
            defer { bytes.deallocate() }
            try checkpoint.copyStored(tensor, 0..<tensor.count, into: bytes)
            guard tensor.type.element != nil else { continue }
            let numbers = AlignedBuffer<Float>(count: tensor.count)
            for part in [0..<tensor.count / 2, tensor.count / 2..<tensor.count] {
                try tolerating { try checkpoint.read(tensor, part, into: numbers.base) }
            }
        }
        let mixed = checkpoint.tensors.values.filter { $0.type.element != nil }.prefix(3)
        let layout = ParameterLayout(mixed.map { (name: $0.name, shape: $0.shape, layer: "") })
        _ = try ModelFiles(like: checkpoint, layout: layout).names
        _ = try IngredientPool([checkpoint, sent])
    }

    /// A safetensors file of one tensor.
    private static func shard(_ tensor: String) -> [UInt8] {
        let header = "{\"\(tensor)\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"
        return [UInt8(header.utf8.count)] + [UInt8](repeating: 0, count: 7) + header.utf8
            + [UInt8](repeating: 0, count: 8)
    }
}
