import Files

extension Dataset {
    /// Numbers of one image: channels × height × width.
    package var imageLength: Int { channels * height * width }

    /// Bytes of mapped files that stay in memory once they are read.
    package var mappedBytes: Int {
        guard case .array(let images, _) = content else { return 0 }
        return images.storage.keptBytes
    }

    /// Whether `read` normalises: bytes are, float32 images are taken as they are.
    package var isNormalised: Bool {
        switch content {
        case .array(let images, _): images.number == .uint8
        case .files: true
        }
    }

    /// Writes the samples' images one after another as float32, channels × height × width each.
    ///
    /// A byte becomes (byte / 255 − mean) / std of its channel; float32 images are taken as they are. Touches only those
    /// samples' bytes.
    ///
    /// - Parameters:
    ///   - samples: indexes below `count`.
    ///   - normalisation: of as many channels as the images.
    ///   - target: room for `samples.count * imageLength` numbers.
    /// - Throws: `DatasetError` where a float32 image holds a NaN or infinity, an image file is broken, or the normalisation
    ///   is for another number of channels; `FileError` where a file was cut since it was opened or cannot be read.
    package func read(
        _ samples: some Collection<Int>,
        normalisation: Normalisation,
        into target: UnsafeMutablePointer<Float>
    ) throws {
        switch content {
        case .array(let images, let first):
            try read(samples, of: images, first: first, normalisation, into: target)
        case .files(let store, let places):
            var target = target
            for sample in samples {
                try store.withBytes(places[sample]) { bytes in
                    let bytes = UnsafeRawBufferPointer(start: bytes, count: store.imageBytes)
                    try normalise(bytes, normalisation, into: target)
                }
                target += imageLength
            }
        }
    }

    private func read(
        _ samples: some Collection<Int>,
        of images: StoredArray,
        first: Int,
        _ normalisation: Normalisation,
        into target: UnsafeMutablePointer<Float>
    ) throws {
        try images.storage.checkUnchanged()
        defer { images.storage.releasePages() }
        let length = imageLength
        let stored = length * images.number.byteCount
        var target = target
        for sample in samples {
            precondition(sample >= 0 && sample < count)
            let range = (first + sample) * stored..<(first + sample + 1) * stored
            let bytes = UnsafeRawBufferPointer(rebasing: images.storage.bytes[range])
            if images.number == .uint8 {
                try normalise(bytes, normalisation, into: target)
            } else {
                UnsafeMutableRawBufferPointer(start: target, count: stored).copyMemory(from: bytes)
                try checkFinite(target, sample: sample)
            }
            target += length
        }
    }

    /// Height × width × channels bytes to channels × height × width floats.
    private func normalise(
        _ bytes: UnsafeRawBufferPointer,
        _ normalisation: Normalisation,
        into target: UnsafeMutablePointer<Float>
    ) throws(DatasetError) {
        guard normalisation.mean.count == channels, normalisation.std.count == channels else {
            throw DatasetError(
                name,
                expected: "a mean and a standard deviation for each of \(channels) channels",
                found: "\(normalisation.mean.count) and \(normalisation.std.count)"
            )
        }
        let pixels = height * width
        for channel in 0..<channels {
            let (mean, std) = (normalisation.mean[channel], normalisation.std[channel])
            let plane = target + channel * pixels
            for pixel in 0..<pixels {
                plane[pixel] = (Float(bytes[pixel * channels + channel]) / 255 - mean) / std
            }
        }
    }

    private func checkFinite(_ image: UnsafeMutablePointer<Float>, sample: Int) throws(DatasetError) {
        var largest: UInt32 = 0
        for index in 0..<imageLength { largest = max(largest, image[index].bitPattern & 0x7FFF_FFFF) }
        guard largest >= Float.infinity.bitPattern else { return }
        throw DatasetError(
            name,
            part: "image of sample \(place(of: sample))",
            expected: "finite numbers",
            found: "NaN or infinity"
        )
    }
}
