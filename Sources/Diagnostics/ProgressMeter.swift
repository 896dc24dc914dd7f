import Foundation

/// Shows on standard error how far a long piece of work is: one updating line on a terminal, elsewhere a plain line
/// every few seconds.
///
/// One thread at a time calls it.
package final class ProgressMeter: @unchecked Sendable {
    /// What the lines are written to, and what it can do.
    package struct Output: Sendable {
        package let isTerminal: Bool
        package let write: @Sendable (String) -> Void

        package init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
            self.isTerminal = isTerminal
            self.write = write
        }

        package static var standardError: Output {
            Output(isTerminal: isatty(STDERR_FILENO) == 1) { text in
                try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
            }
        }
    }

    package let total: Int
    private let done: Int
    private let output: Output
    private let isSpeaking: Bool
    private let clock: @Sendable () -> Double
    private let start: Double
    private var lastLine: Double?
    private var hasOpenLine = false

    /// Seconds between two updates on a terminal, and between two plain lines elsewhere.
    private var interval: Double { output.isTerminal ? 0.1 : 5 }

    /// * `total`: steps of the whole work
    /// * `done`: steps that were done before the start, in a run that was interrupted
    /// * `isSpeaking`: whether anything is shown; under mpirun only one rank speaks
    /// * `clock`: seconds since some moment
    package init(
        total: Int,
        done: Int = 0,
        isSpeaking: Bool,
        output: Output = .standardError,
        clock: @escaping @Sendable () -> Double = ProgressMeter.monotonicSeconds
    ) {
        self.total = total
        self.done = done
        self.output = output
        self.isSpeaking = isSpeaking
        self.clock = clock
        start = clock()
    }

    package static let monotonicSeconds: @Sendable () -> Double = {
        Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    }

    package var elapsed: Double { clock() - start }

    /// Tells of `step` steps done; shows it if the last showing is long enough ago.
    ///
    /// * `text`: what else to show, as `key=value` words; made only when it is shown
    package func update(step: Int, _ text: @autoclosure () -> String) {
        let now = clock()
        guard isSpeaking, now - (lastLine ?? start) >= interval else { return }
        lastLine = now
        let line = line(step: step, text(), elapsed: now - start)
        if output.isTerminal {
            output.write("\r\u{1B}[2K\(line)")
            hasOpenLine = true
        } else {
            output.write(line + "\n")
        }
    }

    /// Shows a line that stays, whatever was shown before and when.
    package func say(_ line: String) {
        guard isSpeaking else { return }
        closeLine()
        output.write(line + "\n")
    }

    /// Ends the updating line, with `text` as the last word if there is one.
    package func finish(_ text: String? = nil) {
        guard isSpeaking else { return }
        closeLine()
        if let text { output.write(text + "\n") }
    }

    private func closeLine() {
        guard hasOpenLine else { return }
        output.write("\r\u{1B}[2K")
        hasOpenLine = false
    }

    private func line(step: Int, _ text: String, elapsed: Double) -> String {
        var words = ["step=\(step)/\(total)", text, "elapsed=\(Self.duration(elapsed))"]
        if step > done, step <= total {
            let left = elapsed / Double(step - done) * Double(total - step)
            words.append("left=\(Self.duration(left))")
        }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// "7s", "3m05s" or "2h04m".
    package static func duration(_ seconds: Double) -> String {
        let whole = Int(min(max(seconds, 0), 1e9).rounded())
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(padded(whole % 60))s" }
        return "\(whole / 3600)h\(padded(whole / 60 % 60))m"
    }
}
