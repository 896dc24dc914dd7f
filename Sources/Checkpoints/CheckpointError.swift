import Diagnostics

/// A checkpoint that cannot be used: names file, tensor, what was expected and what was found.
package struct CheckpointError: InputError {
    package let file: String
    /// The tensor at fault; nil where it is the file as a whole.
    package let tensor: String?
    package let expected: String
    package let found: String

    package init(_ file: String, tensor: String? = nil, expected: String, found: String) {
        self.file = file
        self.tensor = tensor
        self.expected = expected
        self.found = found
    }

    package var description: String {
        let place = tensor.map { "\(file): tensor \"\($0)\"" } ?? file
        return "\(place): expected \(expected), found \(found)".onOneLine
    }
}
