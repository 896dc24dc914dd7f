/// One learned soup, in pictures.
package struct RunSection: Sendable {
    /// "mehl+", or "mehl+, seed 2".
    package var name: String
    /// A line under the name.
    package var lede: String
    package var findings: [Finding]
    package var coefficients: CoefficientPicture?
    package var curves: Curves?
    /// Seconds per phase of all steps together, in the order of a step.
    package var phaseSeconds: [Share]
    /// MiB per part.
    package var memoryMiB: [Share]
    package var facts: [Fact]

    package init(
        name: String,
        lede: String = "",
        findings: [Finding] = [],
        coefficients: CoefficientPicture? = nil,
        curves: Curves? = nil,
        phaseSeconds: [Share] = [],
        memoryMiB: [Share] = [],
        facts: [Fact] = []
    ) {
        self.name = name
        self.lede = lede
        self.findings = findings
        self.coefficients = coefficients
        self.curves = curves
        self.phaseSeconds = phaseSeconds
        self.memoryMiB = memoryMiB
        self.facts = facts
    }
}

/// A named part of a whole.
package struct Share: Sendable, Equatable {
    package var name: String
    package var value: Double

    package init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}
