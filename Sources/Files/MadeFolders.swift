#if canImport(Glibc)
import Glibc
#endif

/// The folders that a path lacks: to be made for a run, and taken away again where it fails.
package struct MadeFolders: Sendable {
    private let path: String
    /// Those that were not there, the outermost first.
    private let missing: [String]

    /// Finds what is missing and makes nothing yet.
    ///
    /// - Throws: `FileError` where a file lies in the way.
    package init(for path: String) throws(FileError) {
        self.path = path
        var missing: [String] = []
        for folder in Self.ancestors(path) {
            var status = stat()
            if stat(folder, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else {
                    let place = missing.isEmpty ? "" : ", in which \(path) would lie"
                    throw FileError(folder, "expected a folder to write into\(place), found a file")
                }
                break
            }
            missing.insert(folder, at: 0)
        }
        self.missing = missing
    }

    /// Whether the folder itself is missing.
    package var isNew: Bool { !missing.isEmpty }

    /// Makes what is missing, unless another process was quicker.
    package func make() throws(FileError) {
        for folder in missing where mkdir(folder, 0o777) != 0 && errno != EEXIST {
            let error = FileError(path, cannot: "make the folder to write into")
            remove()
            throw error
        }
    }

    /// Removes the folders that were missing and that nothing is in.
    ///
    /// Where several ranks made them together, the last rank to call it finds them empty.
    package func remove() {
        for folder in missing.reversed() { rmdir(folder) }
    }

    /// `path` without slashes at its end, and the folders around it outwards, but for "/".
    private static func ancestors(_ path: String) -> [String] {
        var ancestors: [String] = []
        var rest = Substring(path)
        while true {
            while rest.hasSuffix("/") { rest.removeLast() }
            guard !rest.isEmpty else { return ancestors }
            ancestors.append(String(rest))
            guard let slash = rest.lastIndex(of: "/") else { return ancestors }
            rest = rest[..<slash]
        }
    }
}
