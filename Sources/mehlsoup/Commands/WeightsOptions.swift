import ArgumentParser
import Checkpoints

/// The option of which weights of a training checkpoint count, that every command with checkpoints has.
struct WeightsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of training checkpoints with both: the weights of the last step (raw), or their running average (averaged), as under state_dict_ema or model_ema. (averaged where there are any, as timm reads them)",
            valueName: "raw|averaged"
        )
    )
    var weights: String?

    static let names = ["weights"]

    /// Nil where nobody says.
    func kind(_ file: ConfigurationFile = .none) throws -> WeightsKind? {
        try (weights ?? file.value("weights")).map { try Options.choice($0, "weights") }
    }
}
