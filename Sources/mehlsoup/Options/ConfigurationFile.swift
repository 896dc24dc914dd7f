import Files
import Foundation
import Yams

/// Options from a YAML file: the long names of the command line without dashes in front, and their values.
///
/// What the command line says goes before what the file says. Relative paths are from the working folder, as on the
/// command line; the files that runs write have none.
struct ConfigurationFile {
    private let path: String
    private let values: [String: Node]

    /// An empty configuration, where no file is named.
    static var none: ConfigurationFile { ConfigurationFile(path: "", values: [:]) }

    /// * `names`: the options that there are; another name is an error
    init(_ path: String, names: [String]) throws {
        self.path = path
        let text = try MappedFile(path).text()
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let problem = "\(error)".split(separator: "\n").first.map(String.init) ?? "something else"
            throw OptionError(option: path, expected: "YAML", found: problem)
        }
        var values: [String: Node] = [:]
        guard let root, case .mapping(let mapping) = root else {
            throw OptionError(
                option: path,
                expected: "a mapping of option names to values",
                found: "something else"
            )
        }
        for (key, value) in mapping {
            let name = key.string ?? "?"
            guard names.contains(name) else {
                let known = names.joined(separator: ", ")
                throw OptionError(option: path, expected: "one of \(known)", found: "\"\(name)\"")
            }
            values[name] = value
        }
        self.values = values
    }

    private init(path: String, values: [String: Node]) {
        self.path = path
        self.values = values
    }

    /// The same file without one of its options.
    func without(_ name: String) -> ConfigurationFile {
        ConfigurationFile(path: path, values: values.filter { $0.key != name })
    }

    func value<Raw: OptionRaw>(_ name: String) throws -> Raw? {
        guard let node = values[name] else { return nil }
        guard let text = node.scalar?.string, let value = Raw(text) else {
            throw OptionError(
                option: "\(path): \(name)",
                expected: Raw.kind,
                found: node.scalar?.string ?? "a list or mapping"
            )
        }
        return value
    }

    /// A list of texts; one text counts as a list of one.
    func list(_ name: String) throws -> [String]? {
        guard let node = values[name] else { return nil }
        let items = node.sequence.map { Array($0) } ?? [node]
        return try items.map { item in
            guard let text = item.scalar?.string else {
                throw OptionError(
                    option: "\(path): \(name)",
                    expected: "a list of texts",
                    found: "something else"
                )
            }
            return text
        }
    }

    /// Tells a file that a run wrote, which the next may write over, from somebody's own.
    static let mark = "# written by mehlsoup"

    /// What `path` is from any working folder: a path, a glob, or a data set's name that begins with its path.
    static func absolute(_ path: String) -> String {
        let folder = FileManager.default.currentDirectoryPath
        // A folder whose own name reads as a pattern cannot stand before one.
        func isPattern(_ text: String) -> Bool { text.contains(where: "*?[{".contains) }
        guard !path.isEmpty, !path.hasPrefix("/"), !isPattern(folder) || !isPattern(path) else { return path }
        var rest = Substring(path)
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        return folder.hasSuffix("/") ? folder + rest : "\(folder)/\(rest)"
    }
}
