import Files
import Foundation

extension Checkpoint {
    /// Opens a checkpoint and checks all that it lists against the length of its files.
    ///
    /// `path` is a file (.safetensors, or PyTorch's .pt, .pth, .bin or .ckpt in zip form), the index of a sharded one
    /// (`….index.json`), or a folder that holds exactly one checkpoint.
    ///
    /// - Throws: `FileError` where something cannot be read, `CheckpointError` or `ArchiveError` where it is not sound.
    package convenience init(_ path: String) throws {
        let path = try CheckpointFolder.isFolder(path) ? CheckpointFolder(path).only() : path
        if path.hasSuffix(".index.json") {
            let shards = try Shards(index: path)
            try self.init(path, shards.listing, shards.files)
        } else {
            let file = try MappedFile(path)
            try self.init(path, try CheckpointListing(of: file), [file])
        }
    }
}

extension CheckpointListing {
    /// What is in one file, whose kind is told by how it begins.
    ///
    /// - Throws: `CheckpointError` or `ArchiveError` where the file is not sound.
    init(of file: MappedFile) throws {
        file.readNothingElse()
        switch Kind(of: file) {
        case .zip: self = try TorchFile(file).listing
        case .legacy: throw TorchFile.legacy(file.path)
        case .other: self = try CheckpointListing(safetensors: file)
        }
    }

    private init(safetensors file: MappedFile) throws(CheckpointError) {
        let path = file.path
        let header: SafetensorsHeader
        do throws(CheckpointError) {
            header = try SafetensorsHeader(file.bytes, path: path)
        } catch {
            guard !path.hasSuffix(".safetensors"),
                Container.torch.suffixes.contains(where: path.hasSuffix)
            else { throw error }
            throw CheckpointError(
                path,
                expected: "a PyTorch file in zip form, or a safetensors file",
                found: file.bytes.isEmpty ? "an empty file" : "neither"
            )
        }
        let tensors = header.entries.compactMap { entry in
            StoredTensor(
                name: entry.name,
                type: entry.type,
                shape: entry.shape,
                offset: entry.byteRange.lowerBound
            )
        }
        self.init(
            .safetensors,
            files: [File(name: Files.name(of: path), byteCount: file.bytes.count)],
            tensors: tensors,
            metadata: header.metadata
        )
    }
}

/// What a file seems to be by its first bytes.
private enum Kind {
    case zip, legacy, other

    init(of file: MappedFile) {
        let start = file.bytes.prefix(4)
        if file.path.hasSuffix(".safetensors") {
            self = .other
        } else if start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6]) {
            self = .zip
        } else if [2, 11].contains(where: { file.bytes.dropFirst($0).starts(with: Self.magic) }) {
            // After the pickle's protocol alone, or after that and a frame's length.
            self = .legacy
        } else {
            self = .other
        }
    }

    /// PyTorch's magic number as a pickle holds it.
    private static let magic: [UInt8] = [
        0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
}
