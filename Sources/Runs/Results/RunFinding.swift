/// One thing about a run that its user should know.
package struct RunFinding: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable {
        case good
        case note
        case warning
    }

    package let severity: Severity
    package let text: String

    package init(_ severity: Severity, _ text: String) {
        self.severity = severity
        self.text = text
    }
}
