/// A run that failed through no fault of its input: says what happened and what to do.
///
/// Exit status 1.
package struct RunError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
