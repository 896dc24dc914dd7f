/// What is in a checkpoint and where: all that a rank needs to know of one that it cannot read itself.
package struct CheckpointListing: Sendable, Equatable, Codable {
    package enum Container: String, Sendable, Codable {
        case safetensors
        case torch = "PyTorch"

        /// What its files' names end in, the most usual first.
        package var suffixes: [String] {
            switch self {
            case .safetensors: [".safetensors"]
            case .torch: [".bin", ".pt", ".pth", ".ckpt", ".pth.tar"]
            }
        }
    }

    package struct File: Sendable, Equatable, Codable {
        /// Without folders.
        package let name: String
        package let byteCount: Int
    }

    package let container: Container
    /// One file, or the shards by name.
    package let files: [File]
    /// What tells which shard a tensor is in; nil of a checkpoint in one file.
    package let index: ShardIndex?
    /// In the order of the file; shard by shard.
    package let tensors: [StoredTensor]
    package let metadata: [String: String]
    /// The entry of a training checkpoint that the weights come from, as "state_dict"; nil where they are all there is.
    package let wrapper: String?
    /// What the weights that are read are said to be; nil where they are all there is.
    package let kind: WeightsKind?
    /// Entries of a training checkpoint with weights that are not read, as "state_dict" beside "state_dict_ema".
    package let unread: [WeightsEntry]
    /// What all of the file's names began with and was taken off them, as "module."; mostly empty.
    package let prefix: String

    init(
        _ container: Container,
        files: [File],
        index: ShardIndex? = nil,
        tensors: [StoredTensor],
        metadata: [String: String],
        wrapper: String? = nil,
        kind: WeightsKind? = nil,
        unread: [WeightsEntry] = [],
        prefix: String = ""
    ) {
        self.container = container
        self.files = files
        self.index = index
        self.tensors = tensors
        self.metadata = metadata
        self.wrapper = wrapper
        self.kind = kind
        self.unread = unread
        self.prefix = prefix
    }

    /// Throws where a tensor lies outside its file, whoever made the listing.
    func check(_ path: String) throws(CheckpointError) {
        guard !tensors.isEmpty else {
            throw CheckpointError(path, expected: "at least one tensor", found: "none")
        }
        var names: Set<String> = []
        for tensor in tensors {
            func failure(_ expected: String, _ found: String) -> CheckpointError {
                CheckpointError(path, tensor: tensor.name.abridged, expected: expected, found: found)
            }
            guard names.insert(tensor.name).inserted else { throw failure("each tensor once", "two") }
            guard files.indices.contains(tensor.file), tensor.offset >= 0,
                tensor.shape.allSatisfy({ $0 >= 0 }), tensor.shape.product == tensor.count,
                let bytes = [tensor.count, tensor.type.byteCount].product,
                let extent = tensor.extent
            else { throw failure("fewer than 2⁶³ bytes", "shape \(tensor.shape.shapeText.abridged)") }
            let size = files[tensor.file].byteCount
            guard bytes <= size, extent <= size, tensor.offset <= size - extent else {
                throw failure(
                    "\(max(bytes, extent)) bytes within its file of \(size)",
                    "them from byte \(tensor.offset) on"
                )
            }
        }
    }
}

/// The file that says which shard holds which tensor, as Hugging Face writes it beside them.
package struct ShardIndex: Sendable, Equatable, Codable {
    /// Its name, as "model.safetensors.index.json".
    package let name: String
    package let text: String
}
