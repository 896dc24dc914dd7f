import Diagnostics

/// The same name stands for different contents on two ranks: mixing the two would be silently wrong.
package struct CopyError: InputError {
    let name: String
    let expected: String
    /// What was found on which rank and host, the first of them as it should be.
    let found: [(content: String, rank: Int, host: String)]

    package init(name: String, expected: String, found: [(content: String, rank: Int, host: String)]) {
        self.name = name
        self.expected = expected
        self.found = found
    }

    package var description: String {
        let all = found.map { "\($0.content) on \($0.host) (rank \($0.rank))" }.joined(separator: " and ")
        return "\(name): expected \(expected) on every host, found \(all)"
    }
}
