import Diagnostics

/// An archive or compressed file that cannot be read: what was expected in it and what was found.
package struct ArchiveError: InputError {
    package let file: String
    package let expected: String
    package let found: String

    package init(_ file: String, expected: String, found: String) {
        self.file = file
        self.expected = expected
        self.found = found
    }

    package var description: String { "\(file): expected \(expected), found \(found)".onOneLine }
}
