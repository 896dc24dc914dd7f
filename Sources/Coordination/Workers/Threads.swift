import Foundation
import Kernels

/// A pointer whose users take care among themselves: disjoint parts written, shared parts only read.
struct Shared<Pointer>: @unchecked Sendable {
    let pointer: Pointer

    init(_ pointer: Pointer) {
        self.pointer = pointer
    }
}

/// Runs `body` for every item on at most `threads` threads; throws the first error in item order.
func concurrentlyThrowing(
    threads: Int,
    items: Int,
    _ body: @Sendable (Int) throws -> Void
) throws {
    let failures = Failures()
    concurrently(threads: threads, items: items) { item in
        do { try body(item) } catch { failures.add(item, error) }
    }
    if let first = failures.first { throw first }
}

private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [Int: any Error] = [:]

    func add(_ item: Int, _ error: any Error) {
        lock.withLock { errors[item] = error }
    }

    var first: (any Error)? {
        lock.withLock { errors.min { $0.key < $1.key }?.value }
    }
}
