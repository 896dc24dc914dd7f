import Diagnostics

/// A setting, folder or data set that no pool can be made with.
package struct TrainingError: InputError {
    /// The option or file at fault.
    package let subject: String
    package let expected: String
    package let found: String

    package init(_ subject: String, expected: String, found: String) {
        self.subject = subject
        self.expected = expected
        self.found = found
    }

    package var description: String { "\(subject): expected \(expected), found \(found)" }
}
