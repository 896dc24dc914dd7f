import Files
import Foundation

/// Digests of what a data set makes of a result: its images and labels in their order, whatever file they come from.
///
/// A data set is digested in a fixed number of parts, so that several ranks can share the work and still come to the
/// same digest.
extension Dataset {
    package static let digestParts = 64

    /// SHA-256 of part `index` of the samples: their images as they are stored, then their labels.
    ///
    /// An encoded image's length goes ahead of its bytes.
    ///
    /// - Throws: `FileError` where a file was cut since it was opened or cannot be read.
    package func digest(part index: Int) throws -> String {
        precondition((0..<Self.digestParts).contains(index))
        let samples = bound(index)..<bound(index + 1)
        var digest = RunningDigest()
        switch content {
        case .array(let images, let first):
            try images.storage.checkUnchanged()
            defer { images.storage.releasePages() }
            let stored = imageLength * images.number.byteCount
            let bytes = (first + samples.lowerBound) * stored..<(first + samples.upperBound) * stored
            digest.update(UnsafeRawBufferPointer(rebasing: images.storage.bytes[bytes]))
        case .files(let store, let places):
            for sample in samples {
                try store.files.withBytes(places[sample]) { bytes in
                    withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { digest.update($0) }
                    digest.update(bytes)
                }
            }
        }
        labels[samples].map(\.littleEndian).withUnsafeBytes { digest.update($0) }
        return digest.text
    }

    /// The digest of the whole, from those of its parts in order.
    package func digest(of parts: [String]) -> String {
        precondition(parts.count == Self.digestParts)
        let shape = "\(count) \(kind) \(channels)×\(height)×\(width)"
        return sha256(of: ([shape] + parts).joined(separator: "\n"))
    }

    /// The same, on one rank alone.
    package func digest() throws -> String {
        var parts: [String] = []
        for index in 0..<Self.digestParts { parts.append(try digest(part: index)) }
        return digest(of: parts)
    }

    /// What numbers the images are: their type, or how they come about.
    private var kind: String {
        switch content {
        case .array(let images, _): images.number.rawValue
        case .files(let store, _): store.transform.text
        }
    }

    private func bound(_ part: Int) -> Int {
        // In two steps, for the product of two large counts could overflow.
        count / Self.digestParts * part + count % Self.digestParts * part / Self.digestParts
    }
}

extension ImageTransform {
    /// Everything that decides the pixels.
    fileprivate var text: String {
        let size = crop.map { "\($0.height)×\($0.width)" } ?? "none"
        return "\(resize) \(interpolation.rawValue) \(size) \(cropRule.rawValue) \(fill)"
    }
}
