import Diagnostics

/// A model description or set of tensors that is no model this program knows.
package struct ModelError: InputError {
    package let file: String
    package let subject: String
    package let expected: String
    package let found: String

    package var description: String {
        "\(file): \(subject): expected \(expected), found \(found)".onOneLine
    }
}
