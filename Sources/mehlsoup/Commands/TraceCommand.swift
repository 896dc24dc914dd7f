import ArgumentParser
import Files
import Foundation
import Traces

/// `mehlsoup trace`.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Reads gradient traces.",
        discussion: "TRACE is a run's folder or a trace file in it.",
        subcommands: [Show.self, Diff.self, Export.self]
    )

    /// `mehlsoup trace show`.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a trace, or one step of it.")

        @Argument(help: "A run's folder or its trace.pb.") var trace: String
        @Option(
            parsing: .unconditional,
            help: "Print this step alone, with α and ∂L/∂α of every group and ingredient.",
            transform: Int.parse
        ) var step: Int?

        func run() throws {
            try LineOutput.toStandardOutput { output in
                let summary = try TraceSummary(trace, output: output.line)
                if let step {
                    try summary.show(step: step)
                } else {
                    try summary.show()
                }
            }
        }
    }

    /// `mehlsoup trace diff`.
    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says where two traces part first.",
            discussion:
                "Exit status: 0 where they are the same, 1 where they differ, 2 where one cannot be read."
        )

        @Argument(help: "A run's folder or its trace.pb.") var first: String
        @Argument(help: "Another.") var second: String
        @Option(
            parsing: .unconditional,
            help: "Take a and b for the same where |a − b| ≤ tolerance · max(1, |a|, |b|).",
            transform: Double.parse
        )
        var tolerance = 0.0

        func validate() throws {
            guard tolerance >= 0, tolerance.isFinite else {
                throw ValidationError("--tolerance: expected a number from 0 up, found \(tolerance)")
            }
        }

        func run() throws {
            // Whether anybody reads it or not, the exit status must be true: compare first, then print.
            var lines: [String] = []
            let isSame = try TraceDiff(tolerance: tolerance).compare(first, second) { lines.append($0) }
            do {
                try LineOutput.toStandardOutput { output in try lines.forEach(output.line) }
            } catch let code as ExitCode where code == .success {}
            if !isSame { throw ExitCode.failure }
        }
    }

    /// `mehlsoup trace export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Writes a trace as CSV or JSON lines.")

        @Argument(help: "A run's folder, its trace.pb or its trace-ranks.pb.") var trace: String
        @Option(help: "csv or jsonl.") var format = TraceExport.Format.csv
        @Option(help: "Write this file instead of standard output.") var out: String?

        func run() throws {
            guard let out else {
                return try LineOutput.toStandardOutput { output in
                    try TraceExport.export(trace, as: format, output: output.line)
                }
            }
            let source = try TraceFiles.resolve(trace)
            guard resolved(source) != resolved(out) else {
                throw FileError(out, "expected another file than the trace itself after --out")
            }
            let file = try AtomicFile(out)
            let output = LineOutput { try file.write($0) }
            try TraceExport.export(source, as: format, output: output.line)
            try output.flush()
            try file.commit()
        }

        private func resolved(_ path: String) -> String {
            URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        }
    }
}

extension TraceExport.Format: ExpressibleByArgument {}
