import Checkpoints

/// How checkpoints are read, by every command that reads them.
struct CheckpointSettings: Configurable {
    /// Which weights of training checkpoints; nil as timm reads them.
    var weights: WeightsKind?
    /// The graph of models that are of no known family.
    var graph: String?

    static let options: [DeclaredOption<Self>] = [
        .optional("weights", \.weights, .choice, .result, valueName: "raw|averaged") {
            "Of training checkpoints with both: the weights of the last step (raw), or their running average (averaged), as under state_dict_ema or model_ema. (averaged where there are any, as timm reads them)"
        },
        .optional("graph", \.graph, .place, .result, valueName: "file.pt2") {
            "What the models compute, where they are no vision transformers of a known library: a file that torch.export.save wrote. (what their tensors and config.json tell)"
        },
    ]
}
