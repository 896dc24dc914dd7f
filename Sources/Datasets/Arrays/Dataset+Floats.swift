import Diagnostics

/// Images that are stored as floats: they are taken as they are, so they must be what the model's normalisation makes.
extension Dataset {
    /// Images that are looked at, spread evenly over all.
    private static let looked = 256

    /// Whether numbers of this range can be (x − mean) / std of pixels x from 0 to 1.
    ///
    /// - Throws: `FileError` where the file was cut since it was opened.
    func doubtOfFloats(_ normalisation: Normalisation) throws -> Doubt? {
        guard case .array(let images, let first) = content, images.number == .float32,
            normalisation.mean.count == channels, normalisation.std.count == channels
        else { return nil }
        try images.storage.checkUnchanged()
        defer { images.storage.releasePages() }
        let found = (0..<channels).map { channel in
            let samples = min(count, Self.looked)
            return (0..<samples).reduce(into: FloatRange()) { range, step in
                let sample = first + step * count / samples
                range.take(
                    images,
                    from: (sample * channels + channel) * height * width,
                    count: height * width
                )
            }
        }
        guard let least = found.map(\.least).min(), let greatest = found.map(\.greatest).max(),
            least <= greatest
        else { return nil }
        let expected = zip(normalisation.mean, normalisation.std).map { mean, std in
            FloatRange(
                least: min(-mean / std, (1 - mean) / std),
                greatest: max(-mean / std, (1 - mean) / std)
            )
        }
        guard let kind = Self.kind(found, expected) else { return nil }
        let (low, high) = (expected.map(\.least).min() ?? 0, expected.map(\.greatest).max() ?? 0)
        return Doubt(
            .refusal,
            "\(name): float images are taken as they are, and the numbers of these go from \(text(least)) to "
                + "\(text(greatest))\(kind); (x − mean) / std of the model makes \(text(low)) to \(text(high)) of "
                + "pixels: store them normalised so, or as uint8"
        )
    }

    /// What images of a range that does not suit the model seem to be; nil where it suits.
    private static func kind(_ found: [FloatRange], _ expected: [FloatRange]) -> String? {
        let (least, greatest) = (found.map(\.least).min() ?? 0, found.map(\.greatest).max() ?? 0)
        // Resizing by bicubic taps goes somewhat beyond the pixels that it starts from.
        let isBeyond = zip(found, expected).contains { found, expected in
            let margin = 0.15 * (expected.greatest - expected.least)
            return found.least < expected.least - margin || found.greatest > expected.greatest + margin
        }
        // Pixels darker than the mean would have become negative.
        let lacksNegatives = least >= 0 && expected.allSatisfy { $0.least < -0.1 }
        let isUnit = least >= 0 && greatest <= 1.001
        guard isBeyond || lacksNegatives || isUnit && expected.contains(where: { $0.greatest > 10 }) else {
            return nil
        }
        if isUnit { return ", as of pixels scaled to 0 … 1" }
        return least >= 0 && greatest <= 255 && greatest > 20 ? ", as of pixels from 0 to 255" : ""
    }
}

/// The least and the greatest of some numbers; NaN and infinity are left to the reading.
private struct FloatRange {
    var least = Float.infinity
    var greatest = -Float.infinity

    mutating func take(_ array: StoredArray, from start: Int, count: Int) {
        for index in start..<start + count {
            let value = array.storage.bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            guard value.isFinite else { continue }
            least = min(least, value)
            greatest = max(greatest, value)
        }
    }
}

/// At most three digits, which tell ranges apart.
private func text(_ value: Float) -> String {
    let scale: Float = abs(value) >= 100 ? 1 : abs(value) >= 10 ? 10 : 100
    let rounded = (value * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? "\(Int(rounded))" : "\(rounded)"
}
