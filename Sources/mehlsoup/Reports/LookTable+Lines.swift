import Diagnostics
import Runs

extension LookTable {
    /// The table of the ingredients, the most accurate marked, and the mean of all below.
    var lines: [String] {
        let rows = ingredients.enumerated().map { index, ingredient in
            cells(ingredient.score)
                + [
                    ingredient.relativeDistance.map { "\(significant(100 * $0))%" } ?? "–",
                    ingredient.name.onOneLine + (index == best ? "  ★ best" : ""),
                ]
        }
        let mean = uniform.map { [cells($0) + ["–", "(the mean of all)"]] } ?? []
        let images =
            samples == heldoutSamples
            ? "all \(samples.grouped)" : "\(samples.grouped) of \(heldoutSamples.grouped)"
        return ["ingredients by themselves, on \(images) held-out images"]
            + table(
                ["accuracy", "95% interval", "loss", "from the mean", "ingredient"],
                rows + mean,
                alignRight: [0, 1, 2, 3]
            )
    }

    private func cells(_ score: Score) -> [String] {
        [
            "\(fixed(100 * score.accuracy, 2))%",
            "\(fixed(100 * score.low, 2))–\(fixed(100 * score.high, 2))",
            score.loss.map { fixed($0, 4) } ?? "not finite",
        ]
    }
}

extension PoolPreview {
    /// What the look found, and what looks wrong but for what is `known`.
    func lines(without known: [String]) -> [String] {
        look.lines
            + doubts.filter { !known.contains($0.text) }.map { RunFinding(.warning, $0.text).line }
    }
}

extension RunForecast {
    /// What the run will take: time and steps, and memory by part against what is there.
    var lines: [String] {
        func mib(_ bytes: Int) -> String { fixed(Double(bytes) / 1_048_576, 0) }
        let time =
            steps > 0
            ? "about \(ProgressMeter.duration(seconds)): \(steps.of("step")) of \(fixed(secondsPerStep, 3)) s, and reading, "
                + "evaluating, writing" : "about \(ProgressMeter.duration(seconds)), without learning"
        let there = spareBytes.map { "; \(mib($0)) are there" } ?? ""
        return [
            "will take \(time)",
            "will need about \(mib(bytes)) MiB a rank: slices \(mib(memory.slices)), model \(mib(memory.parameters)), "
                + "gradients \(mib(memory.gradients)), activations \(mib(memory.activations)), messages "
                + "\(mib(memory.messages)), images \(mib(imageBytes)), the program \(mib(baseBytes))\(there)",
        ]
    }

    /// Says so where the memory is not there.
    var warning: String? {
        guard isTooLarge else { return nil }
        return "the run will need more memory than is there: lower --block-size or --lanes-in-flight, "
            + "take --slice-type bf16 or i8, or more ranks"
    }
}
