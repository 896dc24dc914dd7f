import Foundation
import Runs

/// The model card of a soup, `README.md`: what it is, how well it does, what it was mixed of and how.
///
/// In the form of Hugging Face's hub: a YAML head between rules, then Markdown.
struct ModelCard {
    private let result: RunResult

    init(_ result: RunResult) {
        self.result = result
    }

    private var metrics: RunMetrics { result.metrics }

    func markdown() -> String {
        let parts = [head, title, scores, recipe, mixture, files].map { $0.joined(separator: "\n") }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private var head: [String] {
        [
            "---", "pipeline_tag: image-classification", "tags:", "- image-classification", "- model-soup",
            "- mehlsoup", "---",
        ]
    }

    private var title: [String] {
        let method =
            metrics.outOfFold?.soup.explanation ?? SoupMethod(rawValue: metrics.written)?.explanation
            ?? metrics.written
        return [
            "# A soup of \(metrics.ingredients) fine-tuned models", "",
            "One model mixed from \(metrics.ingredients) models that were fine-tuned from the same pretrained one, by",
            "\(metrics.written) (\(method)). It has the size, the speed and the tensors of one of them, and loads in",
            "their place.",
        ]
    }

    private var scores: [String] {
        var rows = [
            row(
                "held-out, which the coefficients were learned on",
                metrics.heldoutSamples,
                metrics.heldoutAccuracy,
                metrics.heldoutLoss
            )
        ]
        if let samples = metrics.monitorSamples, let accuracy = metrics.monitorAccuracy,
            let loss = metrics.monitorLoss
        {
            rows.append(row("monitor, which chose the iterate", samples, accuracy, loss))
        }
        for judged in metrics.outOfFold?.rows ?? [] {
            let name = judged.method == BestIngredient.method ? "best ingredient" : judged.method
            rows.append(
                row(
                    "\(name), on held-out images that it had no part in",
                    metrics.outOfFold?.samples ?? 0,
                    judged.accuracy,
                    judged.loss ?? .infinity
                )
            )
        }
        if let samples = metrics.testSamples, let accuracy = metrics.testAccuracy, let loss = metrics.testLoss
        {
            rows.append(row("test, looked at once", samples, accuracy, loss))
        }
        if let best = metrics.best {
            let name = "best ingredient (\(cell(best.name)))"
            if let loss = best.heldoutLoss {
                rows.append(row("\(name), held-out", metrics.heldoutSamples, best.heldoutAccuracy, loss))
            }
            if let samples = metrics.testSamples, let accuracy = best.testAccuracy, let loss = best.testLoss {
                rows.append(row("\(name), test", samples, accuracy, loss))
            }
        }
        let findings = metrics.findings.map { "- \(cell($0.text))" }
        return [
            "## How well it does", "", "| images | count | accuracy (95% interval) | loss |",
            "|---|---|---|---|",
        ]
            + rows + (findings.isEmpty ? [] : [""] + findings)
    }

    private func row(_ name: String, _ samples: Int, _ accuracy: Double, _ loss: Double) -> String {
        "| \(name) | \(samples) | \(Statistics.interval(accuracy, count: samples)) | \(fixed(loss, 4)) |"
    }

    private var recipe: [String] {
        ["## Recipe", "", "| option | value |", "|---|---|"]
            + result.options.map { "| \($0.name) | \(cell($0.value)) |" }
            + [
                "| tensors | \(metrics.tensorCounts) |",
                "| program | mehlsoup \(programVersion), \(cell(metrics.kernels)) |",
            ]
    }

    private var mixture: [String] {
        let rows = zip(result.ingredients, result.effectiveCoefficients).enumerated().map { index, row in
            "| \(cell(row.0)) | \(fixed(row.1, 4)) |\(alone(index))"
        }
        return [
            "## Coefficients", "",
            "The mean of each ingredient's coefficients over \(metrics.groups) groups of parameters, weighted with the",
            "parameters; they sum to 1. All of them are in `coefficients.json`, and as pictures in `report.html`.",
            "",
            "| ingredient | coefficient |"
                + (metrics.look.map {
                    " accuracy alone, on \($0.samples) held-out images | loss | from the mean |"
                } ?? ""),
            "|---|---|" + (metrics.look == nil ? "" : "---|---|---|"),
        ] + rows
    }

    /// The cells of an ingredient by itself; empty where nobody looked.
    private func alone(_ index: Int) -> String {
        guard let look = metrics.look else { return "" }
        let ingredient = look.ingredients[index]
        let cells = [
            Statistics.interval(ingredient.score.accuracy, count: look.samples),
            ingredient.score.loss.map { fixed($0, 4) } ?? "–",
            ingredient.relativeDistance.map { "\(fixed(100 * $0, 2))%" } ?? "–",
        ]
        return " " + cells.joined(separator: " | ") + " |"
    }

    private var files: [String] {
        [
            "## Make it again", "",
            "`mehlsoup learn --config config.yaml --out FOLDER` gives the same bytes; `mehlsoup mix --models … --coefficients",
            "coefficients.json` mixes it without learning.", "", ModelCard.mark,
        ]
    }

    /// Tells a card of ours, which may be written over, from somebody's own text.
    static let mark = "<!-- written by mehlsoup -->"

    /// What cannot break a table's row.
    private func cell(_ text: String) -> String {
        String(
            text.flatMap { character -> [Character] in
                switch character {
                case "|": ["\\", "|"]
                case "\n", "\r", "\r\n": [" "]
                default: [character]
                }
            }
        )
    }
}
