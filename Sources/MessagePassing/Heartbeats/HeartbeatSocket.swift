#if canImport(Glibc)
import Glibc
#endif

/// A TCP connection on which frames go out and come in, and no call ever waits.
///
/// One thread at a time uses it.
final class HeartbeatSocket {
    /// Why nothing more will come.
    enum End: Equatable {
        case closed
        /// What the system says of it.
        case broken(String)
        /// Bytes that are no frame of this job.
        case foreign
    }

    let descriptor: Int32
    private(set) var end: End?
    private var received: [UInt8] = []
    private var pending: [UInt8] = []
    private let token: [UInt8]

    /// Takes over `descriptor`.
    init(_ descriptor: Int32, token: [UInt8]) {
        self.descriptor = descriptor
        self.token = token
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// Sends a frame, as far as the connection takes it; a beat is left out while an earlier frame waits.
    func send(_ frame: HeartbeatFrame) {
        if frame.kind != .beat || pending.isEmpty { pending += frame.bytes(token: token) }
        flush()
    }

    func flush() {
        while !pending.isEmpty {
            let count = pending.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                // Anything but a full buffer shows in the next read.
                return
            }
            pending.removeFirst(count)
        }
    }

    /// The frames that have come in.
    ///
    /// `end` is set only once all frames ahead of the end have been handed over.
    func frames() -> [HeartbeatFrame] {
        let reading = readAll()
        var frames: [HeartbeatFrame] = []
        while received.count >= HeartbeatFrame.byteCount {
            guard let frame = HeartbeatFrame(received.prefix(HeartbeatFrame.byteCount), token: token) else {
                end = .foreign
                return frames
            }
            frames.append(frame)
            received.removeFirst(HeartbeatFrame.byteCount)
        }
        end = end ?? (HeartbeatFrame.mayBegin(received) ? reading : .foreign)
        return frames
    }

    private func readAll() -> End? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // A stranger who sends without end is heard for a while, not for ever.
        for _ in 0..<64 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                received += buffer[..<count]
            } else if count == 0 {
                return .closed
            } else if errno == EINTR {
                continue
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return nil
            } else if errno == ECONNRESET || errno == EPIPE {
                return .closed
            } else {
                return .broken(String(cString: strerror(errno)))
            }
        }
        return nil
    }

    /// Ends the sending side: the peer reads what was sent, then the end.
    func finish() {
        flush()
        shutdown(descriptor, Int32(SHUT_WR))
        _ = readAll()
    }
}
