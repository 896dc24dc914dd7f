import ArgumentParser

/// The options of `learn`.
struct LearnOptions: ParsableArguments {
    @OptionGroup var run: RunOptions

    @Option(
        help:
            "best, uniform, greedy, learned, learned+, hl, hl+, mehl or mehl+: see `mehlsoup compare --help`. (mehl+)"
    )
    var method: String?

    @Option(
        parsing: .unconditional,
        help: "Decides the order of ingredients and images. (1)",
        transform: Options.seed
    )
    var seed: UInt64?
}
