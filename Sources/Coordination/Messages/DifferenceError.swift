import Diagnostics

/// Another rank was given, or sees, something else than rank 0: mixing the two would be silently wrong.
package struct DifferenceError: InputError {
    let expected: String
    let found: String
    /// The host of rank 0.
    let host: String?

    package init(expected: String, found: String, host: String? = nil) {
        self.expected = expected
        self.found = found
        self.host = host
    }

    package var description: String {
        let place = host.map { " on \($0)" } ?? ""
        return "the ranks differ: expected \(expected) as on rank 0\(place), found \(found)"
    }
}
