import Datasets
import VisionModels

/// `config.json` of a model made here, in timm's form.
struct TimmDescription: Encodable {
    /// One number for a square, else height and width.
    enum ImageSize: Encodable {
        case square(Int)
        case sides([Int])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .square(let side): try container.encode(side)
            case .sides(let sides): try container.encode(sides)
            }
        }
    }

    struct ModelArguments: Encodable {
        let imgSize: ImageSize
        let patchSize: Int
        let inChans: Int
        let embedDim: Int
        let depth: Int
        let numHeads: Int
        let mlpRatio: Double
        let classToken: Bool
        let globalPool: String
    }

    struct PretrainedConfiguration: Encodable {
        let mean: [Float]
        let std: [Float]
        let inputSize: [Int]
        /// Images are taken whole.
        let cropPct = 1.0
        let numClasses: Int
        let firstConv = "patch_embed.proj"
        let classifier = "head"
    }

    let architecture = "vision_transformer"
    let numClasses: Int
    let modelArgs: ModelArguments
    let pretrainedCfg: PretrainedConfiguration

    init(_ transformer: VisionTransformer, _ normalisation: Normalisation) {
        numClasses = transformer.classes
        modelArgs = ModelArguments(
            imgSize: transformer.height == transformer.width
                ? .square(transformer.height) : .sides([transformer.height, transformer.width]),
            patchSize: transformer.patch,
            inChans: transformer.channels,
            embedDim: transformer.embedding,
            depth: transformer.depth,
            numHeads: transformer.heads,
            mlpRatio: Double(transformer.hidden) / Double(transformer.embedding),
            classToken: transformer.prefix.contains { $0.kind == .classToken },
            globalPool: transformer.pooling == .patchMean ? "avg" : "token"
        )
        pretrainedCfg = PretrainedConfiguration(
            mean: normalisation.mean,
            std: normalisation.std,
            inputSize: [transformer.channels, transformer.height, transformer.width],
            numClasses: transformer.classes
        )
    }
}
