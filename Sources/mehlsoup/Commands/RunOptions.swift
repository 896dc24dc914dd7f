import ArgumentParser

/// The options that `learn` and `compare` share, each optional here: what is not given comes from `--config` or a default.
struct RunOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Ingredients: .safetensors or PyTorch files (.pt, .pth, .bin), folders of either, folders of folders (Hugging Face's), globs; with the model's config.json beside the first.",
            valueName: "file-or-dir"
        )
    )
    var models: [String] = []

    @OptionGroup var weights: WeightsOptions

    @Option(help: ArgumentHelp("Held-out images, that no ingredient was trained on.", valueName: "data"))
    var data: String?

    @Option(help: ArgumentHelp("Test images: looked at once, after learning.", valueName: "data"))
    var evalData: String?

    @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
    var out: String?

    @Option(
        help: "What shares one coefficient per ingredient: tensor or layer, of methods with a +. (tensor)"
    )
    var granularity: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Tensors that share a coefficient, as in 'blocks.*.attn.**': a group for every text that * stands for; ** stands for any text, dots too.",
            valueName: "pattern"
        )
    )
    var group: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Tensors that are mixed; all others stay as the first ingredient has them. (all)",
            valueName: "pattern"
        )
    )
    var include: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Tensors that are not mixed, as in 'head.**'. (none)",
            valueName: "pattern"
        )
    )
    var exclude: [String] = []

    @Option(
        parsing: .unconditional,
        help: "Ingredients whose coefficients are learned at a time; decides memory. (18)",
        transform: Options.wholeNumber
    )
    var blockSize: Int?

    @Option(
        parsing: .unconditional,
        help: "Passes over all coefficient blocks. (1)",
        transform: Options.wholeNumber
    )
    var outerEpochs: Int?

    @Option(
        parsing: .unconditional,
        help: "Passes over the held-out images per coefficient block. (5)",
        transform: Options.wholeNumber
    )
    var epochs: Int?

    @Option(
        parsing: .unconditional,
        help: "Images of a step. (128; of learned and learned+ 256)",
        transform: Options.wholeNumber
    )
    var batchSize: Int?

    @Option(
        parsing: .unconditional,
        help: "Learning rate of AdamW; see --directions. (the method's)",
        transform: Options.number
    )
    var lr: Double?

    @Option(
        parsing: .unconditional,
        help:
            "Learning rate of the coefficient that all tensors of an ingredient share; 0 for none. (the method's)",
        transform: Options.number
    )
    var sharedLr: Double?

    @Option(
        parsing: .unconditional,
        help: "Weight decay of AdamW on the coefficients. (0)",
        transform: Options.number
    )
    var weightDecay: Double?

    @Option(
        parsing: .unconditional,
        help: "Largest norm of the model's gradient; 0 for no clipping. (1.0; of learned and learned+ 0)",
        transform: Options.number
    )
    var clip: Double?

    @Option(
        parsing: .unconditional,
        help:
            "Share of a coefficient block's steps in which the learning rate rises. (0.2; of learned and learned+ 0)",
        transform: Options.number
    )
    var warmup: Double?

    @Option(help: "After the warm-up: cosine (down to zero) or constant. (the method's)")
    var schedule: String?

    @Option(
        help:
            "What a step of --lr is measured in: unit (of weight norm, as published) or full (of the way to the ingredient: of its coefficient). (the method's)"
    )
    var directions: String?

    @Option(
        help:
            "Where the soup starts: pool (mean of all ingredients), greedy (soup), best (ingredient) or block (mean of the first coefficient block). (the method's)"
    )
    var start: String?

    @Option(
        parsing: .unconditional,
        help:
            "Share of the held-out images set aside: the best iterate there is kept, and compared with plain soups. (0; 0.2 with --guard)",
        transform: Options.number
    )
    var monitor: Double?

    @Flag(
        name: .customLong("guard"),
        help:
            "Write the best ingredient or uniform soup (or the greedy soup the run started at) instead where that does better on the monitor."
    )
    var `guard` = false

    @Flag(help: "The published settings as defaults.")
    var paper = false

    @Option(
        parsing: .unconditional,
        help:
            "Parts that a batch is summed in; the same number gives the same bits on any ranks and threads. (8)",
        transform: Options.wholeNumber
    )
    var lanes: Int?

    @Option(
        parsing: .unconditional,
        help: "Images that go through the model together, in a lane. (as suits the model)",
        transform: Options.wholeNumber
    )
    var microBatch: Int?

    @OptionGroup var images: ImageOptions

    @Option(
        parsing: .unconditional,
        help: "Threads of each rank. (the cores it has)",
        transform: Options.wholeNumber
    )
    var threads: Int?

    @Option(
        parsing: .unconditional,
        help: "Seconds of silence after which a rank counts as lost and the job ends; 0 for never. (8)",
        transform: Options.number
    )
    var timeout: Double?

    @Option(help: "How differences of ingredients are kept: f32 or bf16, which halves their memory. (f32)")
    var sliceType: String?

    @Option(
        help:
            "What the trace holds: coefficients, or shards (every rank's part of the gradient, too). (coefficients)"
    )
    var traceLevel: String?

    @Flag(help: "Go on with the run that was interrupted in --out; begin it where there is none.")
    var resume = false

    @Flag(
        help:
            "Begin anew where a run was interrupted in --out, and write over a model there that another program wrote."
    )
    var restart = false

    @Option(
        parsing: .unconditional,
        help:
            "Held-out images that every ingredient is scored on before anything is learned; 0 for no such look. (1000, or what keeps it under a quarter of the run)",
        transform: Options.wholeNumber
    )
    var look: Int?

    @Flag(help: "Look at the ingredients, say what the run will take, and end there; nothing is written.")
    var dryRun = false

    @Flag(help: "Go on where the input looks wrong; what does is still said, and told in the report.")
    var anyway = false

    @Option(
        help: ArgumentHelp(
            "How often the run's state is saved: seconds, or steps as in 100steps; beside at every coefficient block. (600)",
            valueName: "interval"
        )
    )
    var saveEvery: String?

    @Option(
        help: ArgumentHelp(
            "YAML file of these options; the command line goes first. Relative paths are from the working folder.",
            valueName: "file.yaml"
        )
    )
    var config: String?

    @Flag(help: "Print one JSON object, the metrics, as the last line of standard output.")
    var json = false

    static let defaultTimeout = 8.0
}
