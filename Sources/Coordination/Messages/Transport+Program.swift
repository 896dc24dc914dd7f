import Files
import MessagePassing

extension Transport {
    /// Makes sure that every rank runs the same program, before they say anything else to each other.
    ///
    /// Another build may sum in another order, another version may speak in other messages.
    package func checkProgram(version: String) throws {
        try checkProgram(version: version, executable: "/proc/self/exe")
    }

    func checkProgram(version: String, executable: String) throws {
        guard size > 1 else { return }
        // Where it cannot be read, the version has to do.
        let digest = (try? MappedFile(executable).sha256()) ?? "unknown"
        let own = "mehlsoup \(version), executable \(digest.prefix(12))"
        let first = try broadcast(isCoordinator ? Array("\(own)\n\(hostName)".utf8) : nil)
        try agreeing {
            let lines = String(decoding: first, as: UTF8.self).split(separator: "\n")
            guard lines.count == 2 else { throw MessageError("no version in \(first.count) bytes") }
            guard lines[0] == own else {
                throw DifferenceError(expected: String(lines[0]), found: own, host: String(lines[1]))
            }
        }
    }
}
