import Kernels

extension VisionTransformer {
    /// What the tensors of a checkpoint tell of the model: all sizes but the images', and the options that show in tensors.
    ///
    /// The positions are those of a square grid until `setPositions` says otherwise.
    init(_ tensors: ModelTensors, _ names: TensorNames, heads: Int, family: String) throws(ModelError) {
        let patches = "\(names.patchEmbedding).weight"
        let projection = try tensors.shape(patches, rank: 4, of: family)
        guard projection.allSatisfy({ $0 > 0 }), projection[2] == projection[3] else {
            throw tensors.wrong(patches, "square patches", projection)
        }
        let norm = "\(names.attentionNorm).weight"
        let depth = (0...).first { !tensors.has("\(names.block($0)).\(norm)") } ?? 0
        let first = names.block(0)
        guard depth > 0 else { throw tensors.wrong("\(first).\(norm)", "a first encoder block", nil) }
        let hidden = try tensors.shape("\(first).\(names.expansion).weight", rank: 2, of: family)[0]
        let head = try tensors.shape("\(names.head).weight", rank: 2, of: family)
        self.init(
            channels: projection[1],
            height: projection[2],
            width: projection[2],
            patch: projection[2],
            embedding: projection[0],
            depth: depth,
            heads: heads,
            hidden: hidden,
            classes: head[0]
        )
        guard depth <= 1000, hidden > 0, classes > 0 else {
            throw tensors.wrong(
                "\(names.head).weight",
                "at least one class, and no more than 1000 blocks",
                head
            )
        }
        try readOptions(tensors, names, family)
    }

    private mutating func readOptions(_ tensors: ModelTensors, _ names: TensorNames, _ family: String)
        throws(ModelError)
    {
        let first = names.block(0)
        prefix = []
        if tensors.has(names.classToken) { prefix.append(PrefixToken(.classToken)) }
        if tensors.has(names.distillationToken) { prefix.append(PrefixToken(.distillation)) }
        if tensors.has(names.registers) {
            let shape = try tensors.shape(names.registers, rank: 3, of: family)
            guard (1...10_000).contains(shape[1]) else {
                throw tensors.wrong(names.registers, "some registers", shape)
            }
            prefix.append(PrefixToken(.registers, count: shape[1]))
        }
        hasPatchBias = tensors.has("\(names.patchEmbedding).bias")
        normalisesEmbedding = tensors.has("\(names.embeddingNorm).weight")
        hasAttentionBias = names.attention.biases(first).contains(where: tensors.has)
        hasProjectionBias = tensors.has("\(first).\(names.attentionOutput).bias")
        hasPerceptronBias = tensors.has("\(first).\(names.expansion).bias")
        hasLayerScale = tensors.has("\(first).\(names.attentionScale)")
        lastNorm =
            tensors.has("\(names.lastNorm).weight")
            ? .beforePooling : tensors.has("\(names.pooledNorm).weight") ? .afterPooling : .none
        hasHeadBias = tensors.has("\(names.head).bias")
        if tensors.has(names.projection) {
            projection = try tensors.shape(names.projection, rank: 2, of: family)[1]
        }
    }

    /// Sets the images' size and what that asks of the position embedding.
    ///
    /// * `trained`: height and width of the images that the positions are made for; nil for a square
    /// * `images`: height and width of the images; nil for those that the positions are made for
    /// * `method`: how the original makes positions for another size
    mutating func setPositions(
        _ tensors: ModelTensors,
        _ names: TensorNames,
        trained: [Int]?,
        images: [Int]?,
        _ method: PositionResampling.Method,
        family: String
    ) throws(ModelError) {
        let shape = try tensors.shape(names.positions, rank: names.hasBareEmbeddings ? 2 : 3, of: family)
        let count = shape[shape.count - 2] - prefix.filter(\.hasPositions).reduce(0) { $0 + $1.count }
        let side = Int(Double(max(count, 0)).squareRoot().rounded())
        let trained = trained ?? [side * patch, side * patch]
        let source = PositionResampling.Grid(rows: trained[0] / patch, columns: trained[1] / patch)
        guard count > 0, source.count == count else {
            throw ModelError(
                file: tensors.file,
                subject: "tensor \(names.positions)",
                expected:
                    "a position per patch of \(patch)×\(patch) pixels of a \(trained[0])×\(trained[1]) image",
                found: "\(count) positions"
            )
        }
        let size = images ?? trained
        (height, width) = (size[0], size[1])
        guard grid.count > 0, grid.count <= 1_000_000 else {
            throw ModelError(
                file: tensors.file,
                subject: "tensor \(names.patchEmbedding).weight",
                expected: "patches that fit into a \(height)×\(width) image",
                found: "\(patch)×\(patch)"
            )
        }
        if grid != source { positionResampling = PositionResampling(from: source, to: grid, method) }
    }
}
