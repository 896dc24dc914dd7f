import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Runs `body(0)`, `body(1)`, … `body(items − 1)` on at most `threads` threads, each taking the next item when it
/// is free; returns when all are done.
///
/// The calling thread is one of them. The others live as long as the call: as many as were asked for, however few the
/// cores; what the system does not start, the others make up for.
package func concurrently(threads: Int, items: Int, _ body: @Sendable (Int) -> Void) {
    let workers = min(threads, items)
    guard workers > 1 else {
        for item in 0..<items { body(item) }
        return
    }
    withoutActuallyEscaping(body) { body in
        let work = SharedWork(items: items, body)
        let helpers = (1..<workers).compactMap { _ in work.startThread() }
        work.run()
        for helper in helpers { pthread_join(helper, nil) }
    }
}

private final class SharedWork: Sendable {
    private let next = Atomic(0)
    private let items: Int
    private let body: @Sendable (Int) -> Void

    init(items: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.items = items
        self.body = body
    }

    func run() {
        while true {
            let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard item < items else { return }
            body(item)
        }
    }

    /// A thread that runs it as well; nil where the system gives none.
    func startThread() -> pthread_t? {
        let work = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<SharedWork>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            work.toOpaque()
        )
        guard status == 0 else {
            work.release()
            return nil
        }
        return thread
    }
}
