import Files

/// Digests of what a data set makes of a result: its images and labels in their order, whatever file they come from.
///
/// A data set is digested in a fixed number of parts, so that several ranks can share the work and still come to the
/// same digest.
extension Dataset {
    package static let digestParts = 64

    /// SHA-256 of part `index` of the samples: their images as they are stored, then their labels.
    ///
    /// - Throws: `FileError` where the file was cut since it was opened.
    package func digest(part index: Int) throws(FileError) -> String {
        precondition((0..<Self.digestParts).contains(index))
        try images.storage.checkUnchanged()
        defer { images.storage.releasePages() }
        let samples = bound(index)..<bound(index + 1)
        let stored = imageLength * images.number.byteCount
        let bytes = (first + samples.lowerBound) * stored..<(first + samples.upperBound) * stored
        var digest = ContentDigest()
        digest.add(UnsafeRawBufferPointer(rebasing: images.storage.bytes[bytes]))
        labels[samples].map(\.littleEndian).withUnsafeBytes { digest.add($0) }
        return digest.text
    }

    /// The digest of the whole, from those of its parts in order.
    package func digest(of parts: [String]) -> String {
        precondition(parts.count == Self.digestParts)
        let shape = "\(count) \(images.number.rawValue) \(channels)×\(height)×\(width)"
        return sha256(of: ([shape] + parts).joined(separator: "\n"))
    }

    /// The same, on one rank alone.
    package func digest() throws(FileError) -> String {
        var parts: [String] = []
        for index in 0..<Self.digestParts { parts.append(try digest(part: index)) }
        return digest(of: parts)
    }

    private func bound(_ part: Int) -> Int {
        // In two steps, for the product of two large counts could overflow.
        count / Self.digestParts * part + count % Self.digestParts * part / Self.digestParts
    }
}
