import Files

#if canImport(Glibc)
import Glibc
#endif

/// The names of a run's trace files, and where they lie.
package struct TraceFiles: Sendable, Equatable {
    /// The trace of steps.
    package let steps: String
    /// The trace of ranks beside it.
    package let ranks: String

    /// What a file is called while it is being written.
    package static let partialSuffix = ".partial"

    /// The files of a run that writes into `folder`.
    package init(inFolder folder: String) {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        steps = "\(folder)/trace.pb"
        ranks = "\(folder)/trace-ranks.pb"
    }

    /// The file that a reading command's argument means: the file itself, or the trace of steps in a run's folder.
    ///
    /// A run that has not ended has its trace under the name of a file that is being written.
    package static func resolve(_ argument: String) throws(FileError) -> String {
        var status = stat()
        guard stat(argument, &status) == 0 else { throw FileError(argument, cannot: "open for reading") }
        guard status.st_mode & S_IFMT == S_IFDIR else { return argument }
        let steps = TraceFiles(inFolder: argument).steps
        for path in [steps, steps + partialSuffix] where access(path, F_OK) == 0 { return path }
        throw FileError(argument, "expected a run's folder with trace.pb in it, found none there")
    }

    /// The trace of ranks that lies beside a trace of steps; nil where there is none.
    static func ranks(beside steps: String) -> String? {
        let parts = steps.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().map { $0 + "/" }.joined()
        guard let name = parts.last, name.hasPrefix("trace.pb") else { return nil }
        let ranks = folder + "trace-ranks.pb" + name.dropFirst("trace.pb".count)
        return access(ranks, F_OK) == 0 ? ranks : nil
    }
}
