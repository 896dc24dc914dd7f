extension ImageTransform {
    /// The image resized, cropped, padded, and in the model's number of channels.
    ///
    /// Only what the crop keeps is worked out.
    ///
    /// * `name`: for messages: the file, or the member of an archive
    func apply(to image: Pixels, name: String) throws(DatasetError) -> Pixels {
        guard channels == 1 || channels == 3 else {
            throw DatasetError(
                name,
                expected: "a model of 1 or 3 channels, as images have",
                found: "one of \(channels)"
            )
        }
        guard let size = resized(height: image.height, width: image.width) else {
            throw DatasetError(
                name,
                expected: "an image of ordinary proportions",
                found: "\(image.width)×\(image.height) pixels"
            )
        }
        let crop = crop ?? size
        let (pixels, overflow) = crop.height.multipliedReportingOverflow(by: crop.width)
        guard crop.height > 0, crop.width > 0, !overflow, pixels <= ImageDecoder.mostPixels else {
            throw DatasetError(
                name,
                expected: "1 to \(ImageDecoder.mostPixels) pixels after resizing",
                found: "\(crop.width)×\(crop.height)"
            )
        }
        let top = cropStart(crop.height, of: size.height)
        let left = cropStart(crop.width, of: size.width)
        let window = Resampling(
            height: size.height,
            width: size.width,
            rows: max(top, 0)..<min(top + crop.height, size.height),
            columns: max(left, 0)..<min(left + crop.width, size.width)
        )
        // Grey before resizing, as Pillow's convert("L") is; colour after, which is the same and less work.
        let source = channels == 1 ? image.grey : image
        guard let resized = source.flatMap({ window.apply($0, interpolation) }),
            let coloured = channels == 3 ? resized.coloured : resized,
            let result = coloured.padded(to: crop, top: max(-top, 0), left: max(-left, 0), fill: fill)
        else {
            throw DatasetError(name, expected: "memory for an image", found: "too little")
        }
        return result
    }
}

extension Pixels {
    /// Brightness by ITU-R 601-2, in Pillow's fixed point.
    fileprivate var grey: Pixels? {
        guard channels == 3 else { return self }
        guard let result = Pixels(height: height, width: width, channels: 1) else { return nil }
        for pixel in 0..<height * width {
            let colour = base + 3 * pixel
            let sum = 19595 * UInt32(colour[0]) + 38470 * UInt32(colour[1]) + 7471 * UInt32(colour[2])
            result.base[pixel] = UInt8(truncatingIfNeeded: (sum + 0x8000) >> 16)
        }
        return result
    }

    fileprivate var coloured: Pixels? {
        guard channels == 1 else { return self }
        guard let result = Pixels(height: height, width: width, channels: 3) else { return nil }
        for pixel in 0..<height * width {
            (result.base + 3 * pixel).update(repeating: base[pixel], count: 3)
        }
        return result
    }

    fileprivate func padded(to size: ImageTransform.Size, top: Int, left: Int, fill: [UInt8]) -> Pixels? {
        if size.height == height, size.width == width { return self }
        guard let result = Pixels(height: size.height, width: size.width, channels: channels) else {
            return nil
        }
        for index in 0..<result.count {
            let channel = index % channels
            result.base[index] = channel < fill.count ? fill[channel] : 0
        }
        for row in 0..<height {
            let target = result.base + ((row + top) * size.width + left) * channels
            target.update(from: base + row * width * channels, count: width * channels)
        }
        return result
    }
}
