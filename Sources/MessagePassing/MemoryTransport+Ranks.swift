#if canImport(Glibc)
import Glibc
#endif

extension MemoryTransport {
    /// Runs `body` once per rank of a group, each on a thread of its own, and returns what each came to.
    ///
    /// A rank that throws, returns or aborts while others still wait for it wakes them with a `MessagePassingError`.
    package static func run<T: Sendable>(
        ranks: Int,
        hosts: [String]? = nil,
        fault: MessageFault? = nil,
        _ body: @escaping @Sendable (MemoryTransport) throws -> T
    ) -> [Result<T, any Error>] {
        let runs = group(size: ranks, hosts: hosts, fault: fault).map { transport in
            RankRun(transport: transport, body: body)
        }
        for run in runs { run.start() }
        return runs.map { $0.result() }
    }
}

/// One rank's thread and its result.
private final class RankRun<T: Sendable>: RankWork, @unchecked Sendable {
    private let transport: MemoryTransport
    private let body: @Sendable (MemoryTransport) throws -> T
    /// Written by the thread, read after it has been joined.
    private var outcome: Result<T, any Error>?
    private var thread = pthread_t()
    private var isStarted = false

    init(transport: MemoryTransport, body: @escaping @Sendable (MemoryTransport) throws -> T) {
        self.transport = transport
        self.body = body
    }

    func start() {
        let work = Unmanaged<AnyObject>.passRetained(self)
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<AnyObject>.fromOpaque(argument).takeRetainedValue()
                (work as? any RankWork)?.perform()
                return nil
            },
            work.toOpaque()
        )
        isStarted = status == 0
        if !isStarted {
            work.release()
            transport.leave("has no thread", aborting: true)
        }
    }

    func perform() {
        outcome = Result { try body(transport) }
        transport.leave("has ended", aborting: false)
    }

    func result() -> Result<T, any Error> {
        if isStarted { pthread_join(thread, nil) }
        return outcome ?? .failure(MessagePassingError(rank: transport.rank, "the rank has aborted"))
    }
}

private protocol RankWork: AnyObject {
    func perform()
}
