import Foundation

extension Team {
    /// Runs `body` on every tile of 0 ..< `count`: ranges of `size`, the last one shorter.
    package func run(_ count: Int, by size: Int, _ body: (Range<Int>) -> Void) {
        run((count + size - 1) / size) { body($0 * size..<min(($0 + 1) * size, count)) }
    }

    /// Runs `body` on every tile; when all are done, throws the first error in their order.
    package func run(_ tiles: Int, throwing body: (Int) throws -> Void) throws {
        let failures = Failures()
        run(tiles) { tile in
            do { try body(tile) } catch { failures.add(tile, error) }
        }
        if let first = failures.first { throw first }
    }
}

private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [Int: any Error] = [:]

    func add(_ tile: Int, _ error: any Error) {
        lock.withLock { errors[tile] = error }
    }

    var first: (any Error)? {
        lock.withLock { errors.min { $0.key < $1.key }?.value }
    }
}
