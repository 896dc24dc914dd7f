import Foundation

/// One decoded image: rows from the top, pixels from the left, a byte per channel (1 or 3) side by side.
///
/// Written by whoever makes it, only read afterwards.
final class Pixels: @unchecked Sendable {
    let height: Int
    let width: Int
    let channels: Int
    let base: UnsafeMutablePointer<UInt8>

    /// Bytes behind the last pixel that may be read, so that a pixel can be loaded as four bytes.
    static let slack = 8

    /// Takes over memory that came from malloc and holds the pixels and `slack` more bytes.
    init(adopting base: UnsafeMutablePointer<UInt8>, height: Int, width: Int, channels: Int) {
        self.base = base
        self.height = height
        self.width = width
        self.channels = channels
    }

    /// Pixels still to be written; nil where there is no memory for them.
    init?(height: Int, width: Int, channels: Int) {
        let bytes = height * width * channels + Self.slack
        guard let memory = malloc(bytes) else { return nil }
        base = memory.bindMemory(to: UInt8.self, capacity: bytes)
        (base + bytes - Self.slack).initialize(repeating: 0, count: Self.slack)
        self.height = height
        self.width = width
        self.channels = channels
    }

    deinit { free(base) }

    var count: Int { height * width * channels }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base, count: count) }
}
