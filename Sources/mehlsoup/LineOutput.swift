import ArgumentParser
import Diagnostics
import Foundation

/// Lines on their way to standard output or a file, handed on in large pieces.
final class LineOutput {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private var pending: [UInt8] = []

    init(to sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
    }

    func line(_ text: String) throws {
        pending += text.utf8
        pending.append(UInt8(ascii: "\n"))
        if pending.count >= 1 << 16 { try flush() }
    }

    func flush() throws {
        defer { pending.removeAll(keepingCapacity: true) }
        try pending.withUnsafeBytes(sink)
    }

    /// Runs `body` with lines that go to standard output, where all of them have arrived when this returns or throws.
    ///
    /// - Throws: `ExitCode.success` where the reader has gone, as `head` does when it has enough: that is no failure.
    static func toStandardOutput(_ body: (LineOutput) throws -> Void) throws {
        let output = LineOutput(to: writeToStandardOutput)
        do {
            try body(output)
        } catch {
            try? output.flush()
            throw error
        }
        try output.flush()
    }
}

private func writeToStandardOutput(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
        let written = write(STDOUT_FILENO, rest.baseAddress, rest.count)
        if written < 0 {
            if errno == EINTR { continue }
            if errno == EPIPE { throw ExitCode.success }
            throw RunError("cannot write standard output: \(String(cString: strerror(errno)))")
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
}
