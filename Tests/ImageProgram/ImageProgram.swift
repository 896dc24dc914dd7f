import ArgumentParser
import Datasets
import Foundation

/// Decodes and transforms the images of a folder, one after another on one thread: `scripts/check_images.py` compares them
/// with Pillow's.
@main struct ImageProgram: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "mehlsoup-images")

    @Argument(help: "A data set of image files.") var data: String
    @Argument(help: "The file to write into: every image's rows, pixels and channels, one after another.")
    var output: String
    @Option(help: "shortest:N, exact:N or longest:N.") var resize: String
    @Option(help: "Side of the centre crop.") var crop: Int
    @Option var interpolation: String
    @Flag(help: "Crop as Hugging Face does.") var floored = false

    func run() throws {
        let parts = resize.split(separator: ":")
        guard let filter = ImageTransform.Interpolation(rawValue: interpolation), parts.count == 2,
            let size = Int(parts[1])
        else { throw ValidationError("an unknown --resize or --interpolation") }
        let sizing: ImageTransform.Resize =
            switch parts[0] {
            case "shortest": .shortestEdge(size)
            case "longest": .longestEdge(size)
            default: .exact(height: size, width: size)
            }
        let transform = ImageTransform(
            resize: sizing,
            interpolation: filter,
            crop: .init(height: crop, width: crop),
            cropRule: floored ? .floored : .rounded,
            mean: [0, 0, 0],
            std: [1, 1, 1]
        )
        let dataset = try Dataset.open(data, transform: transform)
        var pixels = [UInt8](repeating: 0, count: dataset.count * dataset.decodedBytes)
        let clock = ContinuousClock.now
        try pixels.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for sample in 0..<dataset.count {
                try dataset.copyBytes(sample, to: base + sample * dataset.decodedBytes)
            }
        }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        try Data(pixels).write(to: URL(fileURLWithPath: output))
        print(seconds)
    }
}
