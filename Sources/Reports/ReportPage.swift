/// Everything that a report shows, as plain values.
///
/// `html()` makes one file of it that needs nothing else: no network, no script, no font.
package struct ReportPage: Sendable {
    package var title: String
    /// A line or two under the title: what was run on what.
    package var lede: [String]
    /// What the reader should know first, most important first.
    package var findings: [Finding]
    /// What was written and what it was chosen from, the best ingredient first; empty where nothing was judged out of fold.
    package var candidates: [CandidateRow]
    /// Folds that the candidates were judged on.
    package var folds: Int
    /// In the order in which table and picture show them.
    package var systems: [SystemRow]
    /// The name of the system that the others are measured against, such as "best": a dashed line at its accuracy.
    package var reference: String?
    /// Each by itself, in the pool's order.
    package var ingredients: [IngredientRow]
    /// What each system mixed, side by side.
    package var mixture: MixturePicture?
    /// One per learned soup.
    package var runs: [RunSection]
    /// Settings, versions, kernel set, ranks.
    package var facts: [Fact]

    package init(
        title: String,
        lede: [String] = [],
        findings: [Finding] = [],
        candidates: [CandidateRow] = [],
        folds: Int = 0,
        systems: [SystemRow] = [],
        reference: String? = nil,
        ingredients: [IngredientRow] = [],
        mixture: MixturePicture? = nil,
        runs: [RunSection] = [],
        facts: [Fact] = []
    ) {
        self.title = title
        self.lede = lede
        self.findings = findings
        self.candidates = candidates
        self.folds = folds
        self.systems = systems
        self.reference = reference
        self.ingredients = ingredients
        self.mixture = mixture
        self.runs = runs
        self.facts = facts
    }
}

/// One sentence that the run has to say.
package struct Finding: Sendable, Equatable {
    package enum Severity: String, Sendable, CaseIterable {
        case good
        case note
        case warning
    }

    package var severity: Severity
    package var text: String

    package init(_ severity: Severity, _ text: String) {
        self.severity = severity
        self.text = text
    }
}

/// A setting, a version, a count: its name and its value as people read it.
package struct Fact: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
