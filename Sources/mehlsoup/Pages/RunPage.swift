import Foundation
import Reports
import Runs
import Traces

/// The report of one run: `report.html` of `learn`.
struct RunPage {
    private let result: RunResult

    init(_ result: RunResult) {
        self.result = result
    }

    func html() -> String {
        let metrics = result.metrics
        return ReportPage(
            title: "\(metrics.method): a soup of \(metrics.ingredients) ingredients",
            lede: [SoupMethod(rawValue: metrics.method)?.explanation ?? ""],
            findings: metrics.findings.map { Finding($0) },
            candidates: metrics.outOfFold?.candidates ?? [],
            folds: metrics.outOfFold?.folds ?? 0,
            systems: [row] + (metrics.best.map { [Self.row(of: $0, metrics)] } ?? []),
            reference: metrics.best == nil ? nil : "best ingredient",
            ingredients: metrics.look?.rows ?? [],
            runs: [RunSection(result, named: metrics.method, findings: [])],
            facts: facts
        ).html()
    }

    private var row: SystemRow {
        let metrics = result.metrics
        return SystemRow(
            name: metrics.method,
            label: metrics.written == metrics.method ? "" : "written: \(metrics.written)",
            heldOut: Score(
                metrics.heldoutAccuracy,
                loss: metrics.heldoutLoss,
                samples: metrics.heldoutSamples
            ),
            test: Score(metrics.testAccuracy, loss: metrics.testLoss, samples: metrics.testSamples),
            seconds: metrics.seconds,
            steps: metrics.steps,
            peakMiB: metrics.peakRssMib,
            temperature: metrics.temperature,
            groups: metrics.groups
        )
    }

    private static func row(of best: BestIngredient, _ metrics: RunMetrics) -> SystemRow {
        SystemRow(
            name: "best ingredient",
            label: best.name,
            heldOut: Score(best.heldoutAccuracy, loss: best.heldoutLoss, samples: metrics.heldoutSamples),
            test: Score(best.testAccuracy, loss: best.testLoss, samples: metrics.testSamples)
        )
    }

    private var facts: [Fact] {
        result.options.map { Fact($0.name, $0.value) } + Self.machine(result.metrics)
    }

    static func machine(_ metrics: RunMetrics) -> [Fact] {
        [
            Fact("tensors", metrics.tensorCounts), Fact("program", "mehlsoup \(programVersion)"),
            Fact("kernels", metrics.kernels),
            Fact("ranks", "\(metrics.ranks)"), Fact("threads of a rank", "\(metrics.threads)"),
            Fact("lanes in flight", metrics.lanesInFlight.map { "\($0)" } ?? "not known"),
        ]
    }
}

extension OutOfFoldTable {
    /// What was written and what it was chosen from as the report shows them.
    var candidates: [CandidateRow] {
        rows.enumerated().map { index, row in
            CandidateRow(
                name: index == 0 ? "best ingredient" : row.method,
                label: row.explanation,
                score: Reports.Score(
                    accuracy: row.accuracy,
                    interval: row.low...row.high,
                    loss: row.loss,
                    samples: samples
                ),
                gain: row.gain?.mean,
                gainInterval: row.gain.map { $0.low...$0.high },
                isWritten: index == written
            )
        }
    }
}

extension LookTable {
    /// The ingredients as the report shows them.
    var rows: [IngredientRow] {
        ingredients.enumerated().map { index, ingredient in
            IngredientRow(
                name: ingredient.name,
                score: Reports.Score(
                    accuracy: ingredient.score.accuracy,
                    interval: ingredient.score.low...ingredient.score.high,
                    loss: ingredient.score.loss,
                    samples: samples
                ),
                relativeDistance: ingredient.relativeDistance,
                isBest: index == best
            )
        }
    }
}

extension Score {
    init(_ accuracy: Double, loss: Double?, samples: Int) {
        self.init(
            accuracy: accuracy,
            interval: wilsonInterval(accuracy, count: samples),
            loss: loss,
            samples: samples
        )
    }

    init?(_ accuracy: Double?, loss: Double?, samples: Int?) {
        guard let accuracy, let samples else { return nil }
        self.init(accuracy, loss: loss, samples: samples)
    }
}

extension Finding {
    init(_ finding: RunFinding) {
        let severity: Severity =
            switch finding.severity {
            case .good: .good
            case .note: .note
            case .warning: .warning
            }
        self.init(severity, finding.text)
    }
}

extension RunSection {
    /// * `findings`: what the page does not say elsewhere
    init(_ result: RunResult, named name: String, findings: [RunFinding]) {
        let metrics = result.metrics
        let phases = zip(TracePhase.allCases, result.history.phaseSeconds).map { Share($0.rawValue, $1) }
        let parts = ["slices", "parameters", "gradients", "activations", "messages"]
        self.init(
            name: name,
            lede: SoupMethod(rawValue: metrics.method)?.explanation ?? "",
            findings: findings.map { Finding($0) },
            coefficients: CoefficientPicture(result),
            curves: metrics.steps > 0 ? Curves(result.history) : nil,
            phaseSeconds: metrics.steps > 0 ? phases : [],
            memoryMiB: parts.map { Share($0, metrics.memoryMib[$0] ?? 0) },
            facts: [
                Fact("steps", "\(metrics.steps)"), Fact("seconds", fixed(metrics.seconds, 1)),
                Fact("seconds per step", fixed(metrics.secondsPerStep, 4)), Fact("seed", "\(metrics.seed)"),
                Fact("peak memory", "\(fixed(metrics.peakRssMib, 0)) MiB a rank"),
                Fact("written", metrics.written),
            ]
        )
    }
}

extension CoefficientPicture {
    fileprivate init(_ result: RunResult) {
        let distances = (0..<result.alpha.rows).map { result.history.distances[$0] }
        let alone = result.history.accuraciesAlone(of: result.ingredients.count)
        self.init(
            ingredients: result.ingredients,
            accuracies: alone,
            groups: result.groups.map(\.name),
            groupParameters: result.groups.map(\.parameters),
            alpha: result.alpha.values,
            distances: distances.contains { $0 == nil } ? [] : distances.flatMap { $0 ?? [] }
        )
    }
}

extension RunHistory {
    /// Accuracy of each ingredient by itself where the run found it out; else empty.
    func accuraciesAlone(of count: Int) -> [Double] {
        var found = [Double?](repeating: nil, count: count)
        for evaluation in evaluations where evaluation.subject == .ingredient {
            if let ingredient = evaluation.ingredients.first { found[ingredient] = evaluation.accuracy }
        }
        let known = found.compactMap { $0 }
        return known.count == count ? known : []
    }
}

extension Curves {
    fileprivate init(_ history: RunHistory) {
        let looks = history.looks
        self.init(
            steps: history.losses.indices.map { index in
                Step(
                    loss: history.losses[index],
                    accuracy: history.accuracies[index],
                    gradientNorm: history.gradientNorms[index],
                    learningRate: history.learningRates[index]
                )
            },
            monitor: looks.map { MonitorPoint(step: $0.step, loss: $0.loss, accuracy: $0.accuracy) },
            coefficientBlocks: history.blocks.enumerated().map { index, block in
                CoefficientBlock(firstStep: block.firstStep, label: "\(index + 1)")
            },
            keptStep: looks.last(where: \.isKept)?.step
        )
    }
}
