import Files
import Foundation

/// `config.json` beside the weights, in timm's form: what it says, and its text to be copied unchanged.
package struct ModelDescription: Sendable {
    package let path: String
    package let text: String
    package let architecture: String
    let classes: Int?
    let arguments: [String: Int]
    /// The rest of `model_args`: what is not null and none of the properties here.
    let otherArguments: [String: ModelArgument]
    let pooling: String?
    let classToken: Bool?
    let attentionBias: Bool?
    /// Channels inside the perceptron by those of the embedding.
    let hiddenRatio: Double?
    let epsilon: Double?
    let imageSize: [Int]?
    /// Channels × height × width, where the description has them.
    let inputSize: [Int]?
    let mean: [Float]?
    let std: [Float]?

    /// Reads `config.json` from the folder that holds `checkpoint`.
    package init(beside checkpoint: String) throws {
        let folder = Files.folder(of: checkpoint)
        try self.init(path: folder.isEmpty ? "config.json" : folder + "/config.json")
    }

    package init(path: String) throws {
        try self.init(path: path, text: try MappedFile(path).text())
    }

    package init(path: String, text: String) throws {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
            throw ModelError(
                file: path,
                subject: "model description",
                expected: "a JSON object",
                found: "something else"
            )
        }
        let fields = DescriptionFields(path: path, prefix: "", values: root)
        self.path = path
        self.text = text
        guard let architecture = try fields.string("architecture") else {
            throw fields.missing("architecture", "timm's name of the model, as \"vit_small_patch16_224\"")
        }
        self.architecture = architecture
        let model = try fields.object("model_args")
        let pretrained = try fields.object("pretrained_cfg")
        classes =
            try fields.integer("num_classes") ?? model.integer("num_classes")
            ?? pretrained.integer("num_classes")
        var arguments: [String: Int] = [:]
        let sizes = ["patch_size", "in_chans", "embed_dim", "depth", "num_heads"]
        for name in sizes { arguments[name] = try model.integer(name) }
        self.arguments = arguments
        otherArguments = model.others(
            than: Set(sizes).union([
                "num_classes", "global_pool", "class_token", "qkv_bias", "mlp_ratio", "norm_eps", "img_size",
            ])
        )
        pooling = try model.string("global_pool") ?? fields.string("global_pool")
        classToken = try model.boolean("class_token")
        attentionBias = try model.boolean("qkv_bias")
        hiddenRatio = try model.number("mlp_ratio")
        epsilon = try model.number("norm_eps")
        imageSize = try model.sizes("img_size")
        inputSize = try pretrained.integers("input_size", count: 3)
        mean = try pretrained.numbers("mean")
        std = try pretrained.numbers("std")
    }
}
