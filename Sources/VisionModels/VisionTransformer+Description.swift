extension VisionTransformer {
    /// The shape that a description and the tensors of a checkpoint agree on.
    ///
    /// Sizes are read off the tensors; the description must not contradict them. The number of heads cannot be read
    /// off: it comes from `model_args.num_heads` or timm's own architecture names.
    ///
    /// * `shapes`: name and shape of every tensor of the checkpoint `file`
    package init(_ description: ModelDescription, shapes: [String: [Int]], file: String) throws(ModelError) {
        let tensors = Tensors(file: file, shapes: shapes)
        try Self.checkArchitecture(description)
        let projection = try tensors.shape("patch_embed.proj.weight", rank: 4)
        let positions = try tensors.shape("pos_embed", rank: 3)
        let head = try tensors.shape("head.weight", rank: 2)
        guard projection.allSatisfy({ $0 > 0 }), projection[2] == projection[3] else {
            throw tensors.wrong("patch_embed.proj.weight", "square patches", projection)
        }
        let depth = (0...).first { shapes["blocks.\($0).norm1.weight"] == nil } ?? 0
        guard depth > 0 else { throw tensors.wrong("blocks.0.norm1.weight", "a first encoder block", nil) }
        let hidden = try tensors.shape("blocks.0.mlp.fc1.weight", rank: 2)[0]
        let hasClassToken = shapes["cls_token"] != nil
        let size = try Self.imageSize(
            description,
            tensors,
            patch: projection[2],
            channels: projection[1],
            patchCount: positions[1] - (hasClassToken ? 1 : 0)
        )
        self.init(
            channels: projection[1],
            height: size[0],
            width: size[1],
            patch: projection[2],
            embedding: projection[0],
            depth: depth,
            heads: try Self.heads(description, embedding: projection[0]),
            hidden: hidden,
            classes: head[0]
        )
        self.hasClassToken = hasClassToken
        hasAttentionBias = shapes["blocks.0.attn.qkv.bias"] != nil
        poolsMean = shapes["fc_norm.weight"] != nil
        epsilon = try Self.epsilon(description)
        try check(against: description)
        try tensors.check(graph().layout.parameters.map { ($0.name, $0.shape) })
    }

    private static func heads(_ description: ModelDescription, embedding: Int) throws(ModelError) -> Int {
        let byName = [
            "tiny": 3, "small": 6, "base": 12, "large": 16, "huge": 16,
        ]
        let size = description.architecture.split(separator: "_").dropFirst().first.map(String.init) ?? ""
        guard let heads = description.arguments["num_heads"] ?? byName[size] else {
            throw ModelError(
                file: description.path,
                subject: "model_args.num_heads",
                expected: "the number of attention heads, which no tensor's shape tells",
                found: "nothing"
            )
        }
        guard heads > 0, embedding % heads == 0 else {
            throw ModelError(
                file: description.path,
                subject: "model_args.num_heads",
                expected: "a divisor of \(embedding)",
                found: "\(heads)"
            )
        }
        return heads
    }

    private static func imageSize(
        _ description: ModelDescription,
        _ tensors: Tensors,
        patch: Int,
        channels: Int,
        patchCount: Int
    ) throws(ModelError) -> [Int] {
        let stated = description.imageSize ?? description.inputSize.map { Array($0.dropFirst()) }
        let side = Int(Double(max(patchCount, 0)).squareRoot().rounded())
        let size = stated ?? [side * patch, side * patch]
        guard patchCount > 0, (size[0] / patch) * (size[1] / patch) == patchCount else {
            let found = "\(patchCount) positions"
            throw ModelError(
                file: tensors.file,
                subject: "tensor pos_embed",
                expected: "a position per patch of \(patch)×\(patch) pixels of a \(size[0])×\(size[1]) image",
                found: found
            )
        }
        if let input = description.inputSize, input[0] != channels {
            throw ModelError(
                file: description.path,
                subject: "pretrained_cfg.input_size",
                expected: "\(channels) channels as patch_embed.proj.weight has",
                found: "\(input[0])"
            )
        }
        return size
    }
}

/// The tensors of a checkpoint, by name.
private struct Tensors {
    let file: String
    let shapes: [String: [Int]]

    func shape(_ name: String, rank: Int) throws(ModelError) -> [Int] {
        guard let shape = shapes[name] else {
            throw wrong(name, "this tensor of a timm vision_transformer", nil)
        }
        guard shape.count == rank else { throw wrong(name, "\(rank) dimensions", shape) }
        return shape
    }

    func wrong(_ name: String, _ expected: String, _ shape: [Int]?) -> ModelError {
        ModelError(
            file: file,
            subject: "tensor \(name)",
            expected: expected,
            found: shape.map { "shape \($0)" } ?? "none"
        )
    }

    /// Every tensor that the model wants, and no other.
    func check(_ wanted: [(name: String, shape: [Int])]) throws(ModelError) {
        for (name, shape) in wanted where shapes[name] != shape {
            throw wrong(name, "shape \(shape)", shapes[name])
        }
        let known = Set(wanted.map(\.name))
        if let stranger = shapes.keys.filter({ !known.contains($0) }).min() {
            throw ModelError(
                file: file,
                subject: "tensor \(stranger)",
                expected: "only the tensors of a timm vision_transformer without further options",
                found: "shape \(shapes[stranger] ?? [])"
            )
        }
    }
}
