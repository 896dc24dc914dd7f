import Foundation
import Randomness

/// How images are varied while something is learned on them.
package struct Augmentation: Sendable, Equatable, Codable {
    /// Greatest shift in pixels, down, up, left and right.
    package var shift = 0
    /// Probability of mirroring left and right.
    package var flip = 0.0
    /// Probability of erasing a rectangle (Zhong et al., "Random Erasing", AAAI 2020).
    package var erase = 0.0
    /// α of the Beta(α, α) that images are blended by (Zhang et al., "mixup", ICLR 2018); 0 for none, at most 1.
    package var mixup = 0.0

    package init(shift: Int = 0, flip: Double = 0, erase: Double = 0, mixup: Double = 0) {
        self.shift = shift
        self.flip = flip
        self.erase = erase
        self.mixup = mixup
    }

    /// Shifts, mirrors and erases images of a data set in place, each by a stream of its own.
    ///
    /// Image i is varied by `stream.split(purpose, keys[i])` alone, so it comes out the same whatever lies beside it.
    ///
    /// * `images`: one after another as `Dataset.read` writes them, as many as there are keys
    /// * `keys`: what tells the images of one stream apart, such as sample numbers
    /// * `black`: value per channel of what comes in at the edges: `Normalisation.black(of:)`
    package func apply(
        to images: UnsafeMutablePointer<Float>,
        of dataset: Dataset,
        keys: some Sequence<Int>,
        black: [Float],
        stream: RandomStream,
        purpose: String = "own"
    ) {
        for (row, key) in keys.enumerated() {
            var own = stream.split(purpose, key)
            apply(to: ImagePlanes(images, row, of: dataset), black: black, &own)
        }
    }

    /// Shifts, mirrors and erases one image, with numbers from `stream`.
    ///
    /// * `black`: value per channel of what comes in at the edges
    func apply(to image: ImagePlanes, black: [Float], _ stream: inout RandomStream) {
        if shift > 0 {
            let (down, right) = (offset(image.height, &stream), offset(image.width, &stream))
            image.shift(down: down, right: right, fill: black)
        }
        if flip > 0, stream.uniform() < flip { image.flip() }
        if erase > 0, stream.uniform() < erase {
            let (rows, columns) = Self.rectangle(height: image.height, width: image.width, &stream)
            image.erase(rows: rows, columns: columns)
        }
    }

    private func offset(_ size: Int, _ stream: inout RandomStream) -> Int {
        let greatest = min(shift, size)
        return stream.index(below: 2 * greatest + 1) - greatest
    }

    /// A rectangle of 2–25% of the image's area and an aspect ratio of 0.3–3.3, somewhere inside the image.
    static func rectangle(
        height: Int,
        width: Int,
        _ stream: inout RandomStream
    ) -> (rows: Range<Int>, columns: Range<Int>) {
        let area = stream.uniform(in: 0.02...0.25) * Double(height * width)
        let aspect = exp(stream.uniform(in: log(0.3)...log(3.3)))
        let tall = min(max(Int((area * aspect).squareRoot().rounded()), 1), height)
        let wide = min(max(Int((area / aspect).squareRoot().rounded()), 1), width)
        let top = stream.index(below: height - tall + 1)
        let left = stream.index(below: width - wide + 1)
        return (top..<top + tall, left..<left + wide)
    }

    /// A share from Beta(α, α), mirrored to at least ½, so that an image's own label stays the larger part.
    static func ownShare(alpha: Double, _ stream: inout RandomStream) -> Double {
        precondition(alpha > 0 && alpha <= 1)
        // Jöhnk's method ("Erzeugung von betaverteilten … Zufallszahlen", Metrika 1964), in logarithms so that
        // small α cannot underflow to 0/0.
        while true {
            let left = log(1 - stream.uniform()) / alpha
            let right = log(1 - stream.uniform()) / alpha
            let greater = max(left, right)
            let sum = greater + log(exp(left - greater) + exp(right - greater))
            guard sum <= 0 else { continue }
            let share = exp(left - sum)
            return max(share, 1 - share)
        }
    }
}
