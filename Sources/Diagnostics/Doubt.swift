/// Something about the input that is possible and looks wrong: what comes of it may be wrong without another word.
///
/// The text is one line that names the file, what was found, and what to check.
package struct Doubt: Sendable, Equatable, Codable {
    package enum Weight: String, Sendable, Codable {
        /// Almost surely wrong: `learn` and `compare` go no further, unless they are told to (`--anyway`).
        case refusal
        /// Often right: a line before the run, and a finding of it.
        case warning
    }

    package let weight: Weight
    package let text: String

    package init(_ weight: Weight, _ text: String) {
        self.weight = weight
        self.text = text.onOneLine
    }
}

/// Input that is almost surely wrong; a run on it has to be asked for.
package struct DoubtfulInput: InputError {
    package let description: String

    /// Nil where nothing weighs enough to refuse the run.
    package init?(_ doubts: [Doubt]) {
        let reasons = doubts.filter { $0.weight == .refusal }.map(\.text)
        guard !reasons.isEmpty else { return nil }
        description = reasons.joined(separator: "; also ") + " (--anyway goes on nevertheless)"
    }
}
