/// One learned soup's part of the page.
struct RunView {
    let run: RunSection
    let id: String

    var html: Markup {
        """
        <section id="\(id)" aria-labelledby="\(id)-heading">
        <h2 id="\(id)-heading">\(run.name)</h2>
        \(run.lede.isEmpty ? .none : "<p class=\"lede\">\(run.lede)</p>" as Markup)
        \(FindingList(findings: run.findings).html)
        \(coefficientFigures.map(\.html))
        \(curves?.html ?? .none)
        <div class="panels">
        \(phases)
        \(memory)
        </div>
        \(FactList(facts: run.facts, heading: "Settings of \(run.name)").html)
        </section>
        """
    }

    private var coefficientFigures: [Figure] {
        run.coefficients.map { CoefficientView(picture: $0, run: run.name, id: id).figures } ?? []
    }

    private var curves: Figure? {
        run.curves.flatMap { CurvesView(curves: $0, run: run.name, id: id).figure }
    }

    private var phases: Markup {
        guard !run.phaseSeconds.isEmpty else { return .none }
        let title = "Time per phase"
        let bars = BarRows(
            id: "\(id)-phases",
            title: title,
            parts: run.phaseSeconds,
            number: Numbers.duration
        )
        return Figure(
            title: title,
            note: "Of all steps together, in the order of a step.",
            picture: bars.html,
            tables: [bars.table(title, unit: "Time", run: run.name, field: "phase_seconds")]
        ).html
    }

    private var memory: Markup {
        guard !run.memoryMiB.isEmpty else { return .none }
        let title = "Memory per part"
        let bars = BarRows(id: "\(id)-memory", title: title, parts: run.memoryMiB, number: Numbers.mebibytes)
        return Figure(
            title: title,
            note: "What grows with the model, the coefficient block and the batch.",
            picture: bars.html,
            tables: [bars.table(title, unit: "Memory", run: run.name, field: "memory_mib")]
        ).html
    }
}

/// What the reader should know first.
struct FindingList {
    let findings: [Finding]

    var html: Markup {
        guard !findings.isEmpty else { return .none }
        let entries = findings.map { finding in
            let name = finding.severity.rawValue
            return """
                <li class="finding \(name)"><strong>\(mark(finding.severity)) \(name.capitalized)</strong> \
                \(finding.text)</li>
                """ as Markup
        }
        return "<ul class=\"findings\">\n\(entries)\n</ul>"
    }

    /// Tells the kinds apart without colour, beside the word.
    private func mark(_ severity: Finding.Severity) -> Markup {
        let mark =
            switch severity {
            case .good: "✓"
            case .note: "i"
            case .warning: "!"
            }
        return "<span aria-hidden=\"true\" class=\"mark\">\(mark)</span>"
    }
}

/// Settings and versions.
struct FactList {
    let facts: [Fact]
    /// Nil where a heading stands above already.
    var heading: String?

    var html: Markup {
        guard !facts.isEmpty else { return .none }
        let entries = facts.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" as Markup }
        let heading: Markup = heading.map { "<h3>\($0)</h3>" } ?? .none
        return "\(heading)\n<dl class=\"facts\">\n\(entries)\n</dl>"
    }
}
