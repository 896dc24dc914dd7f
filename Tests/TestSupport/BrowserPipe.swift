import Foundation

/// A running Chromium and its debugging pipe: JSON messages, a zero byte after each, on descriptors 3 and 4.
final class BrowserPipe {
    struct Event {
        let method: String
        let parameters: [String: Any]
    }

    /// Since they were last removed.
    var events: [Event] = []

    private let folder: TemporaryFolder
    private let process = Process()
    private let ended = DispatchSemaphore(value: 0)
    private let input: Int32
    private let output: Int32
    private var received = Data()
    private var lastCall = 0

    private static let limit = 180.0

    /// Starts the first chromium in the folders of `searchPath`, which has colons between them.
    init(searchPath: String) throws {
        guard let program = Self.program(searchPath) else {
            throw BrowserError(
                """
                expected chromium in \(searchPath), found none: scripts/setup installs it, or \
                apt-get install --no-install-recommends chromium
                """
            )
        }
        folder = try TemporaryFolder()
        let pipes = [folder.file("in"), folder.file("out")]
        for pipe in pipes where mkfifo(pipe, 0o600) != 0 {
            throw BrowserError("\(pipe): cannot make a pipe (error \(errno))")
        }
        // Open for both: neither side waits for the other to open its end.
        input = Glibc.open(pipes[0], O_RDWR | O_CLOEXEC)
        output = Glibc.open(pipes[1], O_RDWR | O_CLOEXEC)
        var arguments = [
            "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--user-data-dir=\(folder.file("profile"))",
        ]
        // Chromium's sandbox does not start as root; the page is one that the test wrote.
        if getuid() == 0 { arguments.append("--no-sandbox") }
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        // A process started by Foundation keeps no descriptor beyond 2: the shell opens them.
        process.arguments =
            ["-c", #"in=$1; out=$2; shift 2; exec "$@" 3<"$in" 4>"$out""#, "sh"] + pipes + [program]
            + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let log = try folder.write([], "log")
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    deinit {
        try? send(["id": lastCall + 1, "method": "Browser.close"])
        if ended.wait(timeout: .now() + 10) == .timedOut {
            process.terminate()
            if ended.wait(timeout: .now() + 5) == .timedOut { kill(process.processIdentifier, SIGKILL) }
        }
        close(input)
        close(output)
    }

    private static func program(_ searchPath: String) -> String? {
        searchPath.split(separator: ":").map { "\($0)/chromium" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    // MARK: - Messages

    /// Calls a method and waits for its answer; events that come before it are kept.
    func call(_ method: String, _ parameters: [String: Any], session: String? = nil) throws -> [String: Any] {
        lastCall += 1
        var message: [String: Any] = ["id": lastCall, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        try send(message)
        while true {
            let answer = try receive(for: method)
            guard answer["id"] as? Int == lastCall else { continue }
            if let error = answer["error"] { throw BrowserError("\(method): \(error)") }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    /// Waits for an event that may have come already.
    func wait(for method: String) throws {
        while !events.contains(where: { $0.method == method }) { _ = try receive(for: method) }
    }

    private func send(_ message: [String: Any]) throws {
        let data = try JSONSerialization.data(withJSONObject: message) + [0]
        var sent = 0
        while sent < data.count {
            let count = data.withUnsafeBytes { bytes in
                Glibc.write(input, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BrowserError("cannot write to chromium (error \(errno))") }
            sent += count
        }
    }

    /// The next message; events are kept.
    private func receive(for purpose: String) throws -> [String: Any] {
        let deadline = Date().addingTimeInterval(Self.limit)
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = received[received.startIndex..<end]
                let object = try JSONSerialization.jsonObject(with: Data(message)) as? [String: Any] ?? [:]
                received = Data(received[(end + 1)...])
                if let method = object["method"] as? String {
                    events.append(
                        Event(method: method, parameters: object["params"] as? [String: Any] ?? [:])
                    )
                }
                return object
            }
            guard process.isRunning, Date() < deadline else {
                let state = process.isRunning ? "did not answer in \(Self.limit) s" : "ended"
                let log = String(decoding: (try? folder.bytes("log")) ?? Data(), as: UTF8.self)
                throw BrowserError("\(purpose): chromium \(state)\n\(log)")
            }
            try readMore()
        }
    }

    private func readMore() throws {
        var state = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&state, 1, 500) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(output, &buffer, buffer.count)
        if count > 0 { received.append(contentsOf: buffer[0..<count]) }
    }
}
