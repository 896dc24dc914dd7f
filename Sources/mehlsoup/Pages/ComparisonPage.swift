import Reports
import Runs

/// The report of several methods on the same ingredients: `report.html` of `compare`.
struct ComparisonPage {
    private let comparison: Comparison
    private let results: [[RunResult]]

    init(_ comparison: Comparison, _ results: [[RunResult]]) {
        self.comparison = comparison
        self.results = results
    }

    func html() -> String {
        let best = comparison.best?.method
        let images = comparison.systems.first.map { system in
            "learned on \(system.heldout.samples) held-out images"
                + (system.test.map { ", tested on \($0.samples) others" } ?? "")
        }
        let first = results.compactMap(\.first)
        return ReportPage(
            title: "\(comparison.systems.count) ways to mix \(comparison.ingredients.count) ingredients",
            lede: [images ?? "", seeds].filter { !$0.isEmpty },
            findings: comparison.findings.map { Finding($0) },
            systems: comparison.systems.map { row($0, isBest: $0.method == best) },
            reference: comparison.systems.contains { $0.method == "best" } ? "best" : nil,
            ingredients: first.lazy.compactMap(\.metrics.look).first?.rows ?? [],
            mixture: mixture,
            runs: first.filter { $0.metrics.steps > 0 }.map { result in
                RunSection(
                    result,
                    named: comparison.seeds.count > 1
                        ? "\(result.metrics.method), seed \(result.metrics.seed)" : result.metrics.method,
                    findings: result.metrics.findings
                )
            },
            facts: comparison.options.sorted { $0.key < $1.key }.map { Fact($0.key, $0.value) }
                + (first.first.map { RunPage.machine($0.metrics) } ?? [])
        ).html()
    }

    private var seeds: String {
        guard comparison.seeds.count > 1 else { return "" }
        return "mean over seeds \(comparison.seeds.map { "\($0)" }.joined(separator: ", "))"
    }

    private func row(_ system: Comparison.System, isBest: Bool) -> SystemRow {
        SystemRow(
            name: system.method,
            label: SoupMethod(rawValue: system.method)?.explanation ?? "",
            heldOut: Score(system.heldout, seeds: system.runs.count),
            test: system.test.map { Score($0, seeds: system.runs.count) },
            isBest: isBest,
            seconds: system.seconds,
            steps: system.steps,
            peakMiB: system.peakRssMib,
            temperature: system.temperature,
            groups: system.groups
        )
    }

    private var mixture: MixturePicture {
        let systems = comparison.systems
        return MixturePicture(
            ingredients: comparison.ingredients,
            accuracies: results.joined().lazy.map {
                $0.history.accuraciesAlone(of: $0.ingredients.count)
            }.first { !$0.isEmpty } ?? [],
            systems: systems.map(\.method),
            effective: comparison.ingredients.indices.flatMap { ingredient in
                systems.map { $0.effectiveCoefficients[ingredient] }
            }
        )
    }
}

extension Score {
    fileprivate init(_ statistic: Comparison.Statistic, seeds: Int) {
        self.init(
            accuracy: statistic.accuracy,
            interval: statistic.low...statistic.high,
            standardDeviation: statistic.standardDeviation,
            loss: statistic.loss,
            samples: statistic.samples,
            seeds: seeds
        )
    }
}
