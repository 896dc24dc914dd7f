#if canImport(Glibc)
import Glibc
#endif

/// Owns the C copies that a message of protobuf-c points to while it is packed; they die with it.
package final class WireArena {
    private var blocks: [UnsafeMutableRawPointer] = []

    package init() {}

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// The values in a row; nil for none, as protobuf-c wants it.
    package func array<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T>? {
        guard !values.isEmpty else { return nil }
        let copy = UnsafeMutablePointer<T>.allocate(capacity: values.count)
        blocks.append(UnsafeMutableRawPointer(copy))
        values.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { copy.initialize(from: start, count: source.count) }
        }
        return copy
    }

    /// One message, at an address of its own.
    package func place<T: BitwiseCopyable>(_ message: T) -> UnsafeMutablePointer<T> {
        let copy = UnsafeMutablePointer<T>.allocate(capacity: 1)
        blocks.append(UnsafeMutableRawPointer(copy))
        copy.initialize(to: message)
        return copy
    }

    package func string(_ text: String) -> UnsafeMutablePointer<CChar>? {
        array(text.utf8.map { CChar(bitPattern: $0) } + [0])
    }
}
