/// Bytes on their way to another rank.
package struct Outgoing {
    package let bytes: UnsafeRawBufferPointer
    package let to: Int

    package init(bytes: UnsafeRawBufferPointer, to: Int) {
        self.bytes = bytes
        self.to = to
    }
}

/// The place for bytes from another rank.
package struct Incoming {
    package let bytes: UnsafeMutableRawBufferPointer
    package let from: Int

    package init(bytes: UnsafeMutableRawBufferPointer, from: Int) {
        self.bytes = bytes
        self.from = from
    }
}

/// Messages that go out and come in together.
package struct ExchangeRound {
    package let sends: [Outgoing]
    package let receives: [Incoming]

    package init(sends: [Outgoing], receives: [Incoming]) {
        self.sends = sends
        self.receives = receives
    }

    var isEmpty: Bool { sends.isEmpty && receives.isEmpty }
}

/// Point-to-point messages between the ranks of one run.
///
/// Collectives are built on `exchange` alone, so that memory and MPI differ in nothing else. One thread at a time
/// communicates, and all ranks call the same collectives in the same order.
package protocol Transport: AnyObject, Sendable {
    var rank: Int { get }
    var size: Int { get }
    var hostName: String { get }

    /// Payload bytes handed to other ranks since the start.
    var bytesSent: Int { get }

    /// Sends and receives all at once; returns when every one is done.
    ///
    /// Messages between a pair of ranks arrive in order. Nothing is promised to be buffered: a send is done when its
    /// receiver takes it. A receive's length must equal the send's: a difference is an error, never a truncation.
    ///
    /// * `inBackground`: whether others compute meanwhile, so that waiting must take no time of a core
    func exchange(_ round: ExchangeRound, inBackground: Bool) throws

    /// Takes the whole job down: nobody is left waiting.
    func abort(status: Int32) -> Never

    /// Leaves the job in good order, once all messages are done; no call follows it.
    func finish() throws
}

extension Transport {
    /// Rank 0 leads: it gives orders, collects results and writes files.
    package var isCoordinator: Bool { rank == 0 }

    /// Exchanges while nothing else is to be done.
    package func exchange(sends: [Outgoing], receives: [Incoming]) throws {
        try exchange(ExchangeRound(sends: sends, receives: receives), inBackground: false)
    }
}
