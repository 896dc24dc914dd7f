import Diagnostics

/// timm's `vision_transformer` and DeiT, with their options.
enum TimmFamily: ModelFamily {
    static let title = "timm vision_transformer"
    static let patchEmbedding = "patch_embed.proj.weight"

    static func read(_ tensors: ModelTensors, prefix: String, _ description: ModelDescription)
        throws(ModelError) -> FamilyModel
    {
        let names = TensorNames.timm(prefix)
        let configuration = try TimmConfiguration(try description.requireConfiguration(title))
        let projection = try tensors.shape("\(names.patchEmbedding).weight", rank: 4, of: title)
        var transformer = try VisionTransformer(
            tensors,
            names,
            heads: try configuration.heads(embedding: projection[0]),
            family: title
        )
        try transformer.setPooling(configuration)
        transformer.hasDistillationHead = tensors.has("\(names.distillationHead).weight")
        transformer.activation = try configuration.activation
        transformer.epsilon = try configuration.epsilon
        try transformer.readPositions(tensors, names, configuration)
        try configuration.check(transformer)
        return FamilyModel(
            title: title,
            architecture: configuration.architecture,
            transformer: transformer,
            names: names,
            transform: try configuration.transform(transformer),
            positions: configuration.isDynamic ? .always : .whileLoading,
            labels: .timm(configuration.pretrained),
            classNames: try configuration.classNames(transformer),
            folderOrder: .natural
        )
    }
}

extension TensorNames {
    /// * `prefix`: what stands before all names
    package static func timm(_ prefix: String = "") -> TensorNames {
        TensorNames(
            patchEmbedding: "\(prefix)patch_embed.proj",
            classToken: "\(prefix)cls_token",
            distillationToken: "\(prefix)dist_token",
            registers: "\(prefix)reg_token",
            positions: "\(prefix)pos_embed",
            embeddingNorm: "\(prefix)norm_pre",
            blocks: "\(prefix)blocks.#",
            attention: .fused("attn.qkv"),
            attentionOutput: "attn.proj",
            attentionScale: "ls1.gamma",
            perceptronScale: "ls2.gamma",
            lastNorm: "\(prefix)norm",
            pooledNorm: "\(prefix)fc_norm",
            head: "\(prefix)head",
            distillationHead: "\(prefix)head_dist"
        )
    }
}

extension VisionTransformer {
    fileprivate mutating func setPooling(_ configuration: TimmConfiguration) throws(ModelError) {
        // Without a word of the description: what timm's own defaults make of these tensors.
        let usesMean = lastNorm == .afterPooling || !prefix.contains { $0.kind == .classToken }
        let stated = configuration.pooling ?? (usesMean ? "avg" : "token")
        guard stated == "token" || stated == "avg", stated == "avg" || prefix.first?.kind == .classToken
        else {
            throw ModelError(
                file: configuration.path,
                subject: "model_args.global_pool",
                expected: "\"avg\", or \"token\" of a model with class token",
                found: "\"\(stated.onOneLine.abridged)\""
            )
        }
        // timm has the last norm after a mean, unless it is told otherwise: in `fc_norm`, or by the architecture.
        let isUsual = lastNorm == .none || (stated == "avg") == (lastNorm == .afterPooling)
        let mayDiffer = stated == "avg" && configuration.architecture != "vision_transformer"
        guard isUsual || mayDiffer || configuration.normAfterPooling != nil else {
            throw ModelError(
                file: configuration.path,
                subject: "model_args.global_pool",
                expected: "\"\(stated == "avg" ? "token" : "avg")\" as the tensors have it",
                found: "\"\(stated)\""
            )
        }
        pooling =
            stated == "token" ? .classToken : configuration.poolsPrefix ? .tokenMean : .patchMean
    }

    /// Which of the prefix tokens have positions, and for which size the positions are.
    fileprivate mutating func readPositions(
        _ tensors: ModelTensors,
        _ names: TensorNames,
        _ configuration: TimmConfiguration
    ) throws(ModelError) {
        let shape = try tensors.shape(names.positions, rank: 3, of: TimmFamily.title)
        let size = configuration.isDynamic ? configuration.inputSize : nil
        let model = configuration.imageSize ?? configuration.inputSize
        let expected = model.map { ($0[0] / patch) * ($0[1] / patch) }
        let (bare, full) = (shape[1], shape[1] - prefixCount)
        let havePositions: Bool
        if let expected, bare == expected || full == expected {
            havePositions = full == expected
        } else {
            havePositions = !(configuration.excludesPrefix ?? (!full.isSquare && bare.isSquare))
        }
        for index in prefix.indices { prefix[index].hasPositions = havePositions }
        try setPositions(
            tensors,
            names,
            // Those of another size are interpolated as timm does when it loads them.
            trained: (havePositions ? full : bare) == expected ? model : nil,
            images: size ?? model,
            .antialiasedBicubic,
            family: TimmFamily.title
        )
    }
}

extension Int {
    fileprivate var isSquare: Bool {
        guard self > 0 else { return false }
        let root = Int(Double(self).squareRoot().rounded())
        return root * root == self
    }
}
