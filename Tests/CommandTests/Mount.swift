import Foundation

/// Small disks in memory, each mounted for one run in a namespace of its own and gone after it.
enum Mount {
    struct Outcome {
        let program: Program.Run
        /// Name and first line of every file that was left there.
        let left: String
        /// What the commands after it printed.
        let after: String
    }

    /// Root's own namespace, or else that of a user who is root in it alone.
    private static let namespaces: [String]? = [["unshare", "-m"], ["unshare", "-rm"]].first { command in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command + ["mount", "-t", "tmpfs", "tmpfs", NSTemporaryDirectory()]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static var isPermitted: Bool { namespaces != nil }

    /// Where the disk is mounted.
    static func place(_ scratch: Scratch) -> String { "\(scratch.path)/disk" }

    /// Runs the program while the disk is there.
    ///
    /// * `before`: shell commands that fill it, with its place as $0
    /// * `after`: shell commands that come after the program, with its path as $1
    static func run(
        _ arguments: [String],
        in scratch: Scratch,
        options: String,
        before: String = ":",
        after: String = ":",
        ranks: Int = 1
    ) throws -> Outcome {
        let place = place(scratch)
        try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let script = """
            mount -t tmpfs -o \(options) tmpfs "$0" && cd / && { \(before); } 2>/dev/null
            "$@"
            status=$?
            cd "$0" && find . -type f | sort | while read -r file; do echo "${file#./} $(head -c 3 "$file")"; done \
            > '\(scratch.path)/left'
            { \(after); } > '\(scratch.path)/after'
            exit $status
            """
        let launcher = ranks > 1 ? MPI.launcher(ranks) : []
        let run = try Program.run(
            arguments,
            environment: MPI.environment,
            launcher: (namespaces ?? []) + ["sh", "-c", script, place] + launcher,
            limit: 60
        )
        let left = String(decoding: try bytes(of: "\(scratch.path)/left"), as: UTF8.self)
        let printed = String(decoding: try bytes(of: "\(scratch.path)/after"), as: UTF8.self)
        return Outcome(program: run, left: left, after: printed)
    }
}
