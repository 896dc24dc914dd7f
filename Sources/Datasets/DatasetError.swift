import Checkpoints
import Diagnostics

/// Data that cannot be used: names the file and part of it, what was expected and what was found.
package struct DatasetError: InputError {
    package let file: String
    /// The part at fault ("labels", "sample 7"); nil where it is the file as a whole.
    package let part: String?
    package let expected: String
    package let found: String

    package init(_ file: String, part: String? = nil, expected: String, found: String) {
        self.file = file
        self.part = part
        self.expected = expected
        self.found = found
    }

    package var description: String {
        let place = part.map { "\(file): \($0)" } ?? file
        return "\(place): expected \(expected), found \(found)".onOneLine
    }
}
