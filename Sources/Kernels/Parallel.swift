import Dispatch
import Synchronization

/// Runs `body(0)`, `body(1)`, … `body(items − 1)` on at most `threads` threads, each taking the next item when it
/// is free; returns when all are done.
package func concurrently(threads: Int, items: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threads, items)
    guard workers > 1 else {
        for item in 0..<items { body(item) }
        return
    }
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard item < items else { return }
            body(item)
        }
    }
}
