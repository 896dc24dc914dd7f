/// How an image file becomes a model's input: resized, cropped, scaled to 0 … 1, normalised per channel.
///
/// Every step is what Pillow, and torchvision, timm or Hugging Face on top of it, would make of the same file.
package struct ImageTransform: Sendable, Equatable, Codable {
    /// Pillow's filters.
    package enum Interpolation: String, Sendable, Equatable, Codable, CaseIterable {
        case nearest, bilinear, bicubic, lanczos, box, hamming
    }

    /// Sides in pixels.
    package struct Size: Sendable, Equatable, Codable {
        package var height: Int
        package var width: Int

        package init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    package enum Resize: Sendable, Equatable, Codable {
        case none
        /// The shorter side becomes so long, the longer one in proportion, rounded down.
        case shortestEdge(Int)
        /// Both sides, whatever becomes of the proportions.
        case exact(height: Int, width: Int)
        /// The longer side becomes so long, the shorter one in proportion, rounded to the nearest.
        case longestEdge(Int)
        /// As small as covers height × width, in proportion, rounded to the nearest: timm, where those two differ.
        case covering(height: Int, width: Int)
    }

    /// Which pixel the centre crop begins at where an odd number of rows or columns is left over.
    package enum CropRule: String, Sendable, Equatable, Codable {
        /// Half of what is left over, rounded to the nearest, ties to even: torchvision and timm.
        case rounded
        /// Half of what is left over, rounded down: Hugging Face.
        case floored
    }

    package var resize: Resize
    package var interpolation: Interpolation
    /// Centre crop after resizing; a side that is shorter is padded with `fill`.
    package var crop: Size?
    package var cropRule: CropRule
    /// Grey level of each of the three channels where a crop reaches beyond the image: black, as a rule.
    package var fill: [UInt8]
    /// Per channel, for pixels scaled to 0 … 1.
    package var mean: [Float]
    package var std: [Float]

    package init(
        resize: Resize = .none,
        interpolation: Interpolation = .bilinear,
        crop: Size? = nil,
        cropRule: CropRule = .rounded,
        fill: [UInt8] = [0, 0, 0],
        mean: [Float],
        std: [Float]
    ) {
        self.resize = resize
        self.interpolation = interpolation
        self.crop = crop
        self.cropRule = cropRule
        self.fill = fill
        self.mean = mean
        self.std = std
    }
}
