import Diagnostics

/// A file of an exported graph that cannot be read, or holds what this program does not know.
package struct GraphFileError: InputError {
    package let file: String
    /// A node, a value or a part of the file.
    package let subject: String
    package let expected: String
    package let found: String

    package var description: String {
        "\(file): \(subject): expected \(expected), found \(found)".onOneLine
    }
}
