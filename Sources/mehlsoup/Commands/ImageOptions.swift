import ArgumentParser
import Coordination

/// The options of image files, that every command with images has.
struct ImageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "An image that cannot be decoded ends the run (stop), or all are decoded first and those are listed and left out (skip). (stop)",
            valueName: "stop|skip"
        )
    )
    var onBadImage: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "MiB that a rank keeps of decoded images; the rest is decoded again. (half of what is to spare)",
            valueName: "mib"
        ),
        transform: Options.wholeNumber
    )
    var imageMemory: Int?

    static let names = ["on-bad-image", "image-memory"]

    /// * `threads`: of each rank
    func settings(_ file: ConfigurationFile = .none, threads: Int) throws -> ImageSettings {
        var settings = ImageSettings(threads: threads)
        if let name: String = try onBadImage ?? file.value("on-bad-image") {
            settings.badImages = try Options.choice(name, "on-bad-image")
        }
        if let mebibytes: Int = try imageMemory ?? file.value("image-memory") {
            settings.memory = try Options.integer(mebibytes, "image-memory", in: 0...1 << 30) << 20
        }
        return settings
    }
}
