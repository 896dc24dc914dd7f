import Datasets

extension Normalisation {
    /// Mean and standard deviation of every channel of all images, pixels scaled to 0 … 1.
    ///
    /// Images that are stored as floats are taken as they are, so mean 0 and deviation 1 describe them. Sums are taken
    /// in double in the order of the samples: the same on every machine. A channel of one value gets deviation 1.
    package static func measured(on dataset: Dataset) throws -> Normalisation {
        let channels = dataset.channels
        let identity = Normalisation(
            mean: Array(repeating: 0, count: channels),
            std: Array(repeating: 1, count: channels)
        )
        guard dataset.isNormalised else { return identity }
        let pixels = dataset.height * dataset.width
        var sums = Array(repeating: 0.0, count: channels)
        var squares = sums
        var images = Array(repeating: Float(0), count: dataset.imageLength)
        for sample in 0..<dataset.count {
            try images.withUnsafeMutableBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                try dataset.read(CollectionOfOne(sample), normalisation: identity, into: base)
                for channel in 0..<channels {
                    var (sum, square) = (0.0, 0.0)
                    for pixel in channel * pixels..<(channel + 1) * pixels {
                        let value = Double(base[pixel])
                        sum += value
                        square += value * value
                    }
                    sums[channel] += sum
                    squares[channel] += square
                }
            }
        }
        let count = Double(dataset.count) * Double(pixels)
        let means = sums.map { $0 / count }
        let deviations = zip(squares, means).map { square, mean in
            let variance = square / count - mean * mean
            return variance > 1e-12 ? Float(variance.squareRoot()) : 1
        }
        return Normalisation(mean: means.map { Float($0) }, std: deviations)
    }
}
