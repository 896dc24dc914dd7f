import Files

extension Checkpoint {
    /// Opens a checkpoint and checks all that it lists against the length of its files.
    ///
    /// `path` is a file (.safetensors, or PyTorch's .pt, .pth, .bin or .ckpt in zip form), the index of a sharded one
    /// (`….index.json`), or a folder that holds exactly one checkpoint.
    ///
    /// * `weights`: which weights of a training checkpoint; nil for the averaged ones where there are any, as timm reads them
    ///
    /// - Throws: `FileError` where something cannot be read, `CheckpointError` or `ArchiveError` where it is not sound, or
    ///   has no such weights.
    package convenience init(_ path: String, weights: WeightsKind? = nil) throws {
        let path = try CheckpointFolder.isFolder(path) ? CheckpointFolder(path).only() : path
        let listing: CheckpointListing
        let files: [MappedFile]
        if path.hasSuffix(".index.json") {
            let shards = try Shards(index: path, wanted: weights)
            (listing, files) = (shards.listing, shards.files)
        } else {
            let file = try MappedFile(path)
            listing = try CheckpointListing(of: file, wanted: weights).withoutCopies(weights)
            files = [file]
        }
        try listing.check(weights, path)
        try self.init(path, listing, files)
    }
}

extension Checkpoint {
    /// A checkpoint in one file, all of whose tensors are asked for.
    package convenience init(_ file: MappedFile) throws {
        try self.init(file.path, CheckpointListing(of: file), [file])
    }
}

extension CheckpointListing {
    /// What is in one file, whose kind is told by how it begins.
    ///
    /// * `wanted`: which weights of a training checkpoint
    ///
    /// - Throws: `CheckpointError` or `ArchiveError` where the file is not sound.
    init(of file: MappedFile, wanted: WeightsKind? = nil) throws {
        file.readNothingElse()
        switch Kind(of: file) {
        case .zip: self = try TorchFile(file, wanted: wanted).listing
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
            throw Self.foreign(file) ?? error
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

extension CheckpointListing {
    /// What there is to say of a file that is something else altogether; nil where it may be a damaged checkpoint.
    private static func foreign(_ file: MappedFile) -> CheckpointError? {
        let path = file.path
        guard let found = Self.kind(of: file) else {
            guard !path.hasSuffix(".safetensors"), FolderNames.isCheckpoint(Files.name(of: path)) else {
                return nil
            }
            return CheckpointError(path, expected: expected, found: "neither")
        }
        return CheckpointError(
            path,
            expected: path.hasSuffix(".safetensors") ? "a safetensors file" : expected,
            found: found
        )
    }

    private static let expected = "a PyTorch file in zip form, or a safetensors file"

    private static func kind(of file: MappedFile) -> String? {
        let convert = "convert it to PyTorch's or safetensors' form first"
        if file.bytes.starts(with: "GGUF".utf8) { return "a GGUF file: \(convert)" }
        if let whose = FolderNames.foreign(Files.name(of: file.path)) {
            return "a file of \(whose) weights: \(convert)"
        }
        switch file.content {
        case nil, .safetensors?: return nil
        case .json?:
            let folder = Files.folder(of: file.path)
            return
                "a JSON text: name the checkpoints alone, as in '\(folder.isEmpty ? "" : folder + "/")*.safetensors'"
        case .hdf5?: return "an HDF5 file, as TensorFlow and Keras write: \(convert)"
        case .zip?: return "a zip file: if torch.save wrote it, name it .pt"
        case .pickle?: return "a pickle that is no PyTorch file: \(PickleGlobal.saveAnew)"
        case .tar?:
            return "a tar file: unpack it; if PyTorch before 0.1.10 wrote it, \(PickleGlobal.saveAnew)"
        case let content?:
            return content.compression.map { _ in "\(content): unpack it first" } ?? "\(content)"
        }
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
