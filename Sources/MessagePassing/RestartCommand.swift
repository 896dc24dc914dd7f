#if canImport(Glibc)
import Glibc
#endif

/// The command that started the job, as one would type it to go on where the job stopped.
struct RestartCommand {
    /// As the shell takes it; nil where this process cannot know it.
    let text: String?

    /// * `environment`: a launcher of its own says in MEHLSOUP_COMMAND how it was called
    /// * `parent`: name and arguments of the process that started this one
    init(
        environment: (String) -> String?,
        parent: (name: String, arguments: [String])?,
        isResumable: Bool
    ) {
        if let said = environment("MEHLSOUP_COMMAND"), !said.isEmpty {
            let words = said.split(separator: " ").map(String.init)
            let isComplete = !isResumable || words.contains("--resume")
            text = (isComplete ? said : said + " --resume").onOneLine
        } else if let parent, Self.isLauncher(parent.name), !parent.arguments.isEmpty {
            text = Self.line(parent.arguments, isResumable)
        } else {
            text = nil
        }
    }

    /// What this process can find out.
    init(isResumable: Bool) {
        self.init(
            environment: { name in getenv(name).map { String(cString: $0) } },
            parent: Self.parent,
            isResumable: isResumable
        )
    }

    /// The command line of this program, where the launcher's is not to be had.
    static func own(_ arguments: [String] = CommandLine.arguments, ranks: Int, isResumable: Bool) -> String {
        line(["mpirun", "-n", "\(ranks)"] + arguments, isResumable)
    }

    private static func isLauncher(_ name: String) -> Bool {
        ["mpirun", "mpiexec", "orterun", "prterun"].contains { name.hasPrefix($0) }
    }

    private static func line(_ arguments: [String], _ isResumable: Bool) -> String {
        var arguments = arguments
        if isResumable {
            // That one would throw away what there is to go on with.
            arguments.removeAll { $0 == "--restart" }
            if !arguments.contains("--resume") { arguments.append("--resume") }
        }
        return arguments.map(quoted).joined(separator: " ").onOneLine
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_@%+=:,./-".utf8.contains(byte)
            }
        }
        if plain, !word.isEmpty { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }

    private static var parent: (name: String, arguments: [String])? {
        let folder = "/proc/\(getppid())"
        guard let name = contents("\(folder)/comm"), let line = contents("\(folder)/cmdline") else {
            return nil
        }
        let arguments = line.split(separator: 0, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        // Every argument ends with a zero byte, the last one, too.
        return (String(decoding: name.prefix { $0 != 10 }, as: UTF8.self), arguments.dropLast())
    }

    private static func contents(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}

extension String {
    fileprivate var onOneLine: String {
        split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
