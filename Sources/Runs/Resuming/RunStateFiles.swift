import Files
import Foundation

/// The saved states of a run in its folder: two files that are written in turn, so that one is whole at any time.
///
/// A file is a line, `mehlsoup-state 1 SEQUENCE BYTES SHA256`, and then that many bytes of JSON; the digest is of the
/// sequence number, a line feed and the JSON.
struct RunStateFiles {
    let folder: String

    static let names = ["state-0.json", "state-1.json"]

    private static let magic = "mehlsoup-state"
    private static let format = "1"

    /// A state that is whole, as far as its digest tells.
    struct Saved {
        let name: String
        let sequence: Int
        let json: Data
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The names of those that are there, whole or not.
    var present: [String] {
        Self.names.filter { FileManager.default.fileExists(atPath: path($0)) }
    }

    /// What is there, the latest first, and what is wrong with the others.
    ///
    /// * `isForeign`: whether another version of the program wrote one of these, in a form that this one does not know
    func read() -> (saved: [Saved], problems: [String], isForeign: Bool) {
        var saved: [Saved] = []
        var problems: [String] = []
        var isForeign = false
        for name in present {
            do {
                saved.append(try read(name))
            } catch {
                problems.append("\(error)")
                isForeign = isForeign || error is ForeignState
            }
        }
        return (saved.sorted { $0.sequence > $1.sequence }, problems, isForeign)
    }

    private struct ForeignState: Error, CustomStringConvertible {
        let path: String
        let format: Substring

        var description: String {
            "\(path): expected a state of form \(RunStateFiles.format), found form \(format.prefix(20)), of another "
                + "version of mehlsoup"
        }
    }

    private func read(_ name: String) throws -> Saved {
        let path = path(name)
        let file = try MappedFile(path)
        return try withExtendedLifetime(file) {
            func damaged(_ expected: String) -> FileError { FileError(path, "damaged: expected \(expected)") }
            let bytes = file.bytes
            guard let end = bytes.prefix(200).firstIndex(of: UInt8(ascii: "\n")),
                let line = String(validating: bytes[..<end], as: UTF8.self)
            else { throw damaged("a line that begins with \(Self.magic)") }
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            if words.count > 1, words[0] == Self.magic, words[1] != Self.format {
                throw ForeignState(path: path, format: words[1])
            }
            guard words.count == 5, words[0] == Self.magic, let sequence = Int(words[2]), sequence >= 0 else {
                throw damaged("\(Self.magic), a form, a number, a length and a digest")
            }
            let json = Data(bytes[(end + 1)...])
            guard Int(words[3]) == json.count else { throw damaged("\(words[3]) bytes, found \(json.count)") }
            guard Self.digest(sequence, json) == words[4] else { throw damaged("bytes of another digest") }
            return Saved(name: name, sequence: sequence, json: json)
        }
    }

    /// Writes a state in the place of the older one.
    func save(_ json: Data, sequence: Int) throws {
        let digest = Self.digest(sequence, json)
        let file = try AtomicFile(path(Self.names[sequence % Self.names.count]))
        try file.write("\(Self.magic) \(Self.format) \(sequence) \(json.count) \(digest)\n")
        try json.withUnsafeBytes { try file.write($0) }
        try file.commit()
    }

    func remove() {
        for name in Self.names { unlink(path(name)) }
    }

    private static func digest(_ sequence: Int, _ json: Data) -> String {
        var digest = RunningDigest()
        Data("\(sequence)\n".utf8).withUnsafeBytes { digest.update($0) }
        json.withUnsafeBytes { digest.update($0) }
        return digest.text
    }
}
