import Diagnostics

/// A trace that cannot be read, or that does not hold what was asked for.
package struct TraceError: InputError, Equatable {
    package let path: String
    /// The record where it was found, from 0, and the byte at which that starts; nil where it concerns the whole.
    package let record: Int?
    package let offset: Int?
    package let problem: String

    package init(_ path: String, record: Int? = nil, offset: Int? = nil, _ problem: String) {
        self.path = path
        self.record = record
        self.offset = offset
        self.problem = problem
    }

    package var description: String {
        guard let record, let offset else { return "\(path): \(problem)".onOneLine }
        return "\(path): record \(record) at byte \(offset): \(problem)".onOneLine
    }
}
