import Coordination

/// The options of image files, that every command with images has.
extension ImageSettings: Configurable {
    static let options: [DeclaredOption<ImageSettings>] = [
        .value("on-bad-image", \.badImages, .choice, .record, omitted: .stop, valueName: "stop|skip") {
            "An image that cannot be decoded ends the run (stop), or all are decoded first and those are listed and left out (skip). (stop)"
        },
        .optional("image-memory", \.mebibytes, .integer(0...1 << 30), .record, valueName: "mib") {
            "MiB that a rank keeps of decoded images; the rest is decoded again. (half of what is to spare)"
        },
    ]

    private var mebibytes: Int? {
        get { memory.map { $0 >> 20 } }
        set { memory = newValue.map { $0 << 20 } }
    }
}
