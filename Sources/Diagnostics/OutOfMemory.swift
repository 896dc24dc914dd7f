import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// What happens where the system has no memory left for what the run needs.
///
/// No error to be thrown: memory is asked for in places that could do nothing about it.
package enum OutOfMemory {
    private static let handler = Mutex<(@Sendable (String) -> Never)?>(nil)
    private static let hasSpoken = Atomic<Bool>(false)

    /// Has `body` end the run from now on; it gets a line that says what was asked for and what to do.
    package static func handle(_ body: @escaping @Sendable (String) -> Never) {
        handler.withLock { $0 = body }
    }

    /// Ends the run.
    ///
    /// * `purpose`: what the memory was for
    package static func end(bytes: Int, for purpose: String) -> Never {
        let text = """
            out of memory: \(size(bytes)) for \(purpose) at \(RunPlace.now); lower --block-size or --lanes-in-flight, take \
            --slice-type bf16 or i8, or more ranks
            """
        // Of several threads one speaks.
        while hasSpoken.exchange(true, ordering: .relaxed) { sleep(1000) }
        if let body = handler.withLock({ $0 }) { body(text) }
        let line = Array("mehlsoup: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        _exit(1)
    }

    /// "12.3 GiB".
    static func size(_ bytes: Int) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var value = Double(bytes) / 1024
        var unit = 0
        while value >= 1023.95, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
