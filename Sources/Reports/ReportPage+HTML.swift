extension ReportPage {
    /// Tells a page of ours, which may be written over, from somebody's own.
    package static let mark = generator.text
    private static let generator: Markup = #"<meta name="generator" content="mehlsoup"/>"#

    /// The page as the text of one file, in UTF-8; well-formed XML as well as HTML.
    package func html() -> String {
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            \(Self.generator)
            <title>\(title)</title>
            <style>
            \(Style.sheet)
            </style>
            </head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header>
            <h1>\(title)</h1>
            \(lede.map { "<p class=\"lede\">\($0)</p>" as Markup })
            \(navigation)
            </header>
            <main id="content" tabindex="-1">
            \(FindingList(findings: findings).html)
            \(candidates.isEmpty ? .none : CandidatesView(candidates: candidates, folds: folds).html)
            \(comparison)
            \(ingredients.isEmpty ? .none : IngredientsView(ingredients: ingredients).html)
            \(runs.enumerated().map { RunView(run: $1, id: runID($0)).html })
            \(settings)
            </main>
            </body>
            </html>

            """
        return page.text
    }

    private func runID(_ index: Int) -> String { "run-\(index + 1)" }

    private var navigation: Markup {
        var entries: [Markup] = []
        if !candidates.isEmpty { entries.append("<li><a href=\"#choice\">Is it better?</a></li>") }
        if !systems.isEmpty { entries.append("<li><a href=\"#systems\">Systems</a></li>") }
        if !ingredients.isEmpty { entries.append("<li><a href=\"#ingredients\">Ingredients</a></li>") }
        entries += runs.enumerated().map { "<li><a href=\"#\(runID($0))\">\($1.name)</a></li>" }
        if !facts.isEmpty { entries.append("<li><a href=\"#facts\">Settings</a></li>") }
        guard entries.count > 1 else { return .none }
        return "<nav aria-label=\"Parts of this page\"><ul>\(entries.joined())</ul></nav>"
    }

    private var comparison: Markup {
        guard !systems.isEmpty || mixture != nil else { return .none }
        return """
            <section id="systems" aria-labelledby="systems-heading">
            <h2 id="systems-heading">Systems</h2>
            \(accuracies)
            \(systems.isEmpty ? .none : SystemsTable(systems: systems).table.html)
            \(mixture.map { MixtureView(picture: $0).figure.html } ?? .none)
            </section>
            """
    }

    private var accuracies: Markup {
        guard systems.contains(where: { $0.heldOut != nil || $0.test != nil }) else { return .none }
        let plot = DotPlot(
            systems: systems,
            reference: systems.first { $0.name == reference },
            id: "accuracies"
        )
        return Figure(
            title: "Accuracy",
            note: "With 95% intervals. The axis does not start at zero. The table below has the numbers.",
            picture: plot.html,
            legend: plot.legend
        ).html
    }

    private var settings: Markup {
        guard !facts.isEmpty else { return .none }
        return """
            <section id="facts" aria-labelledby="facts-heading">
            <h2 id="facts-heading">Settings and versions</h2>
            \(FactList(facts: facts).html)
            </section>
            """
    }
}
