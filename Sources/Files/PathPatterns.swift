import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Paths as people name them: files, folders and globs, in natural order.
package enum PathPatterns {
    /// The files that `pattern` stands for: itself, a folder's files with one of `suffixes`, or a glob's matches.
    ///
    /// * throws `FileError` where nothing matches.
    package static func expand(_ pattern: String, suffixes: [String]) throws(FileError) -> [String] {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: pattern, isDirectory: &isFolder) {
            guard isFolder.boolValue else { return [pattern] }
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: pattern)
            } catch {
                throw FileError(pattern, "cannot list the folder")
            }
            let files = names.filter { name in
                suffixes.contains { name.hasSuffix($0) } && !name.hasPrefix(".")
            }
            guard !files.isEmpty else {
                throw FileError(
                    pattern,
                    "expected files ending in \(suffixes.joined(separator: ", ")), found none"
                )
            }
            let folder = pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern
            return files.sorted(by: naturallyPrecedes).map { "\(folder)/\($0)" }
        }
        var found = glob_t()
        defer { globfree(&found) }
        guard pattern.contains(where: "*?[".contains), glob(pattern, 0, nil, &found) == 0 else {
            throw FileError(
                pattern,
                "expected a file, a folder or a glob that matches one, found nothing there"
            )
        }
        let matches = (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].map { String(cString: $0) }
        }
        return matches.sorted(by: naturallyPrecedes)
    }

    /// Natural order: runs of digits compare as numbers, so "model_2" comes before "model_10".
    package static func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
        let (left, right) = (pieces(left), pieces(right))
        for (a, b) in zip(left, right) where a != b {
            if a.isNumber, b.isNumber {
                let (x, y) = (a.text.drop { $0 == 48 }, b.text.drop { $0 == 48 })
                if x.count != y.count { return x.count < y.count }
                if x != y { return x.lexicographicallyPrecedes(y) }
                return a.text.count < b.text.count
            }
            return a.text.lexicographicallyPrecedes(b.text)
        }
        return left.count < right.count
    }

    private struct Piece: Equatable {
        let isNumber: Bool
        var text: [UInt8]
    }

    private static func pieces(_ name: String) -> [Piece] {
        var pieces: [Piece] = []
        for byte in name.utf8 {
            let isDigit = (48...57).contains(byte)
            if var last = pieces.last, last.isNumber == isDigit {
                last.text.append(byte)
                pieces[pieces.count - 1] = last
            } else {
                pieces.append(Piece(isNumber: isDigit, text: [byte]))
            }
        }
        return pieces
    }
}
