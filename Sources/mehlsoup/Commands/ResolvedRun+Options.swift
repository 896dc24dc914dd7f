import Coordination
import Runs

/// The options of `learn`, and but for method and seed of `compare`, in the order in which help, traces and `config.yaml`
/// have them.
///
/// One more is a stored property with its default (in `LearnSettings` where it decides what is computed) and a line here.
extension ResolvedRun: Configurable {
    static let options =
        inputOptions + learningOptions + runningOptions
        + CheckpointSettings.options.map { $0.within(\.checkpoints) }
        + ImageSettings.options.map { $0.within(\.images) } + outputOptions

    private static let inputOptions: [DeclaredOption<Self>] = [
        .list(
            "models",
            \.models,
            .place,
            .record,
            required: "files, folders or globs of ingredients",
            valueName: "file-or-dir"
        ) {
            "Ingredients: .safetensors or PyTorch files (.pt, .pth, .bin), folders of either, folders of folders (Hugging Face's), globs; with the model's config.json beside the first."
        },
        .value("data", \.data, .place, .result, required: "held-out images", valueName: "data") {
            "Held-out images, that no ingredient was trained on."
        },
        .value("out", \.out, .place, .record, required: "a folder to write into", valueName: "dir") {
            "Folder to write into."
        },
        .optional("eval-data", \.evalData, .place, .record, valueName: "data") {
            "Test images: looked at once, after learning."
        },
        .optional("unlabelled", \.unlabelled, .place, .record, valueName: "data") {
            "Images without labels, as many as there are up to 2,048, on which statistics of batch norms are measured: a folder of images, also without folders of classes, a .tar, or arrays without labels. (the held-out images)"
        },
        .value("method", \.settings.method, .choice, .result) {
            "\(SoupMethod.allCases.map(\.rawValue).joined(separator: ", ")): see `mehlsoup compare --help`. (auto; mehl+ with --paper or --monitor)"
        },
        .value("granularity", \.settings.granularity, .choice, .result) {
            "What shares one coefficient per ingredient: tensor or layer, of methods with a +. (tensor)"
        },
        .list("include", \.settings.patterns.include, .pattern, .result, valueName: "pattern") {
            "Tensors that are mixed; all others stay as the first ingredient has them. (all)"
        },
        .list("exclude", \.settings.patterns.exclude, .pattern, .result, valueName: "pattern") {
            "Tensors that are not mixed, as in 'head.**'. (none)"
        },
        .list("group", \.settings.patterns.groups, .pattern, .result, valueName: "pattern") {
            "Tensors that share a coefficient, as in 'blocks.*.attn.**': a group for every text that * stands for; ** stands for any text, dots too."
        },
    ]

    private static let learningOptions: [DeclaredOption<Self>] = [
        .value("block-size", \.settings.blockSize, .many, .result) {
            "Ingredients whose coefficients are learned at a time; decides memory. (18)"
        },
        .value("outer-epochs", \.settings.outerEpochs, .many, .result) {
            "Passes over all coefficient blocks. (1)"
        },
        .value("epochs", \.settings.epochs, .many, .result) {
            "Passes over the held-out images per coefficient block. (5)"
        },
        .value("batch-size", \.settings.batchSize, .many, .result) {
            "Images of a step. (64; of learned and learned+ 256, with --paper 128)"
        },
        .value("lr", \.settings.learningRate, .number(), .result) {
            "Learning rate of AdamW; see --directions. (the method's)"
        },
        .value("shared-lr", \.settings.sharedLearningRate, .number(), .result) {
            "Learning rate of the coefficient that all tensors of an ingredient share; 0 for none. (the method's)"
        },
        .value("weight-decay", \.settings.weightDecay, .number(), .result) {
            "Weight decay of AdamW on the coefficients. (0)"
        },
        .value("clip", \.settings.clip, .number(), .result) {
            "Largest norm of the model's gradient; 0 for no clipping. (1.0; of learned and learned+ 0)"
        },
        .value("warmup", \.settings.warmup, .number(upTo: 1), .result) {
            "Share of a coefficient block's steps in which the learning rate rises. (0.2; of learned and learned+ 0)"
        },
        .value("schedule", \.settings.schedule, .choice, .result) {
            "After the warm-up: cosine (down to zero) or constant. (the method's)"
        },
        .value("directions", \.settings.directions, .choice, .result) {
            "What a step of --lr is measured in: unit (of weight norm, as published) or full (of the way to the ingredient: of its coefficient). (the method's)"
        },
        .value("start", \.settings.start, .choice, .result) {
            "Where the soup starts: pool (mean of all ingredients), greedy, selection or stack (what that method makes), best (ingredient) or block (mean of the first coefficient block). (stack of auto, pool of others; block with --paper)"
        },
        .value("folds", \.settings.folds, .integer(1...1000), .result) {
            "Parts of the held-out images: a soup is learned without each and judged on it, and their mean is the result. 1 learns on all and judges on none. (3 of auto, 2 of others; 1 with --paper or --monitor)"
        },
        .value("monitor", \.settings.monitor, .number(upTo: 0.9), .result) {
            "Share of the held-out images set aside: the best iterate there is kept, and compared with plain soups. (0; 0.2 with --guard)"
        },
        .flag("guard", \.settings.guards, .result) {
            "Write the best ingredient or uniform soup (or the greedy soup the run started at) instead where that does better on the monitor."
        },
        .value("seed", \.settings.seed, .seed, .result) {
            "Decides the order of ingredients and images. (1)"
        },
        .value("lanes", \.settings.lanes, .integer(1...65536), .result) {
            "Parts that a batch is summed in; the same number gives the same bits on any ranks and threads. (8)"
        },
    ]

    private static let runningOptions: [DeclaredOption<Self>] = [
        .optional("micro-batch", \.settings.microBatch, .integer(1...65536), .result) {
            "Images that go through the model together, in a lane. (as suits the model)"
        },
        .value("slice-type", \.settings.sliceType, .choice, .result) {
            "How differences of ingredients are kept: f32, bf16 (half the memory) or i8 (a quarter). (f32)"
        },
        .value("precision", \.settings.precision, .choice, .result) {
            "In what a step multiplies by the model's weights: f32, or bf16, 1.8 times as fast where the processor has AVX512_BF16 or AMX; sums stay float32, and every soup is scored in float32. (f32)"
        },
        .optional("statistics", \.settings.statistics, .choice, .result) {
            "Means and variances of a soup's batch norms: mixed as its weights are, or measured anew on up to 2,048 held-out images. (measured of plain soups; of learned ones, what does better on images that they had no part in)"
        },
        .optional("threads", \.threads, .integer(CoreShare.allowedThreads), .record) {
            "Threads of each rank. (the cores it has)"
        },
        .optional("lanes-in-flight", \.settings.lanesInFlight, .integer(1...65536), .record) {
            "Lanes that a rank works on at once, each with its share of the threads and a copy of the gradient; fewer take less memory. (as many as suit threads and memory)"
        },
        .value("timeout", \.timeout, .silence, .file) {
            "Seconds of silence after which a rank counts as lost and the job ends; 0 for never. (8)"
        },
        .value("save-every", \.interval, .interval, .file, valueName: "interval") {
            "How often the run's state is saved: seconds, or steps as in 100steps; beside at every coefficient block. (600)"
        },
        .flag("resume", \.resumes, .commandLine) {
            "Go on with the run that was interrupted in --out; begin it where there is none."
        },
        .flag("restart", \.restarts, .commandLine) {
            "Begin anew where a run was interrupted in --out, and write over a model there that another program wrote."
        },
        .optional("look", \.settings.look, .integer(0...1_000_000_000), .result) {
            "Held-out images that every ingredient is scored on before anything is learned; 0 for no such look. (1000, or what keeps it under a quarter of the run)"
        },
        .flag("anyway", \.takesDoubtful, .record) {
            "Go on where the input looks wrong; what does is still said, and told in the report."
        },
        .flag("dry-run", \.isDryRun, .commandLine) {
            "Look at the ingredients, say what the run will take, and end there; nothing is written."
        },
        .flag("paper", \.isPaper, .record) {
            "The published settings as defaults."
        },
    ]

    private static let outputOptions: [DeclaredOption<Self>] = [
        .value("trace-level", \.settings.traceLevel, .choice, .record) {
            "What the trace holds: coefficients, or shards (every rank's part of the gradient, too). (coefficients)"
        },
        .optional("config", \.configuration, .place, .commandLine, valueName: "file.yaml") {
            "YAML file of these options; the command line goes first. Relative paths are from the working folder."
        },
        .flag("json", \.printsJSON, .commandLine) {
            "Print one JSON object, the metrics, as the last line of standard output."
        },
    ]
}
