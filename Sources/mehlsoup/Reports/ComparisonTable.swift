import Runs

/// A comparison as a table on the terminal.
struct ComparisonTable {
    private let comparison: Comparison

    init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    func show() {
        let hasTest = comparison.systems.contains { $0.test != nil }
        let titles =
            ["method", "held-out %", "95% interval"] + (hasTest ? ["test %", "95% interval"] : [])
            + ["loss", "seconds", "steps", "peak MiB", "temperature"]
        let rows = comparison.systems.map { system in
            [system.method] + cells(system.heldout) + (hasTest ? system.test.map(cells) ?? ["–", "–"] : [])
                + [
                    fixed((system.test ?? system.heldout).loss, 4), fixed(system.seconds, 1),
                    "\(system.steps)",
                    fixed(system.peakRssMib, 0), fixed(system.temperature, 3),
                ]
        }
        let widths = titles.indices.map { column in
            ([titles] + rows).map { $0[column].count }.max() ?? 0
        }
        for row in [titles] + rows {
            let cells = row.enumerated().map { column, text in
                let blank = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + blank : blank + text
            }
            print(cells.joined(separator: "  "))
        }
        if comparison.seeds.count > 1 {
            print(
                "± standard deviation over seeds \(comparison.seeds.map { "\($0)" }.joined(separator: ", "))"
            )
        }
        for finding in comparison.findings { print(finding.line) }
    }

    private func cells(_ statistic: Comparison.Statistic) -> [String] {
        let spread = statistic.standardDeviation.map { " ± \(fixed(100 * $0, 2))" } ?? ""
        return [
            fixed(100 * statistic.accuracy, 2) + spread,
            "\(fixed(100 * statistic.low, 2))–\(fixed(100 * statistic.high, 2))",
        ]
    }
}
