import Checkpoints
import Datasets
import Foundation
import Randomness
import Tensors
import TestSupport

/// A learnable task of 8×8 images: class c is bright in quarter c, under noise.
enum TinyImages {
    static let classes = 4
    static let side = 8

    /// Writes `count` images as IDX files `train-…` into `folder`.
    ///
    /// - Returns: the data set's reference.
    static func write(_ count: Int, into folder: TemporaryFolder, seed: UInt64 = 4) throws -> String {
        var stream = RandomStream(seed: seed)
        var pixels: [UInt8] = []
        var labels: [UInt8] = []
        for _ in 0..<count {
            let label = stream.index(below: classes)
            labels.append(UInt8(label))
            for row in 0..<side {
                for column in 0..<side {
                    let quarter = row / (side / 2) * 2 + column / (side / 2)
                    let light = quarter == label ? 130 : 40
                    pixels.append(UInt8(light + stream.index(below: 80)))
                }
            }
        }
        _ = try folder.write(
            header([count, side, side]) + pixels,
            "train-images-idx3-ubyte"
        )
        _ = try folder.write(header([count]) + labels, "train-labels-idx1-ubyte")
        return "\(folder.path):train"
    }

    private static func header(_ shape: [Int]) -> [UInt8] {
        let sizes = shape.flatMap { size in (0..<4).map { UInt8(size >> (24 - 8 * $0) & 255) } }
        return [0, 0, 8, UInt8(shape.count)] + sizes
    }
}
