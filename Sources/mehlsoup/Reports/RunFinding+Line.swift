import Runs

extension RunFinding {
    /// The finding as a line of the terminal.
    var line: String {
        let word =
            switch severity {
            case .good: "good     "
            case .note: "note     "
            case .warning: "WARNING  "
            }
        return "\(word) \(text)"
    }
}
