#if canImport(Glibc)
import Glibc
#endif

/// A port of this host on which the other ranks knock.
final class HeartbeatListener {
    let descriptor: Int32
    let port: UInt16

    /// Listens on every address, on a port of the system's choice; nil where that cannot be.
    init?() {
        // IPv6 first, which takes IPv4 as well; some kernels have only the latter.
        for family in [AF_INET6, AF_INET] {
            guard let (descriptor, port) = listening(family) else { continue }
            self.descriptor = descriptor
            self.port = port
            return
        }
        return nil
    }

    deinit { close(descriptor) }

    /// The next connection that waits, if any.
    func accept() -> Int32? {
        let descriptor = Glibc.accept(descriptor, nil, nil)
        return descriptor < 0 ? nil : descriptor
    }
}

private func listening(_ family: Int32) -> (descriptor: Int32, port: UInt16)? {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(family)
    if family == AF_INET6 {
        var off: Int32 = 0
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
    }
    var length = socklen_t(
        family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
    )
    // All other bytes are zero: any address, any port.
    let isListening = withUnsafeMutablePointer(to: &storage) { storage in
        storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(descriptor, address, length) == 0 && listen(descriptor, 128) == 0
                && getsockname(descriptor, address, &length) == 0
        }
    }
    guard isListening else {
        close(descriptor)
        return nil
    }
    // The port lies in the same place of both kinds of address, big-endian.
    let port = withUnsafeBytes(of: &storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
    return (descriptor, port)
}

/// The numeric addresses of this host by which others may reach it, IPv4 first.
func reachableAddresses() -> [String] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var (four, six): ([String], [String]) = ([], [])
    for interface in sequence(first: first, next: { $0?.pointee.ifa_next }) {
        guard let entry = interface?.pointee, let address = entry.ifa_addr,
            entry.ifa_flags & UInt32(IFF_UP) != 0, entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
        else { continue }
        let family = Int32(address.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { continue }
        let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard
            getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { continue }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // A link-local address means something on its own link alone.
        guard !name.contains("%"), !name.hasPrefix("fe80:") else { continue }
        if family == AF_INET { four.append(name) } else { six.append(name) }
    }
    return four + six
}

/// Connects to a numeric address within `seconds`; nil where nobody answers.
func connected(to address: String, port: UInt16, within seconds: Double) -> Int32? {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, "\(port)", &hints, &list) == 0, let info = list?.pointee else { return nil }
    defer { freeaddrinfo(list) }
    let descriptor = socket(info.ai_family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var isConnected = connect(descriptor, info.ai_addr, info.ai_addrlen) == 0
    if !isConnected, errno == EINPROGRESS {
        isConnected = isReady(descriptor, to: POLLOUT, within: seconds) && socketError(descriptor) == 0
    }
    guard isConnected else {
        close(descriptor)
        return nil
    }
    return descriptor
}

/// Waits until `descriptor` is ready or `seconds` have passed; a signal does not cut that short.
func isReady(_ descriptor: Int32, to events: Int32, within seconds: Double) -> Bool {
    let deadline = monotonicSeconds() + seconds
    while true {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let left = max(0, deadline - monotonicSeconds())
        let status = poll(&entry, 1, Int32(left * 1000))
        if status > 0 { return true }
        if status == 0 || errno != EINTR { return false }
    }
}

private func socketError(_ descriptor: Int32) -> Int32 {
    var error: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno
}

/// Seconds of a clock that never jumps.
func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
