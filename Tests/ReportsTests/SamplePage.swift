import Foundation
import Reports

/// A page as `compare` makes it: nine systems, 18 ingredients × 52 groups, 400 steps in two coefficient blocks.
///
/// The numbers come from a small generator of its own and mean nothing.
struct SamplePage {
    private var state: UInt64 = 7

    static func make(ingredients: Int = 18, groups: Int = 52, steps: Int = 400) -> ReportPage {
        var sample = SamplePage()
        return sample.page(ingredients: ingredients, groups: groups, steps: steps)
    }

    /// 0…1.
    private mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) / Double(1 << 53)
    }

    /// About normal, of variance 1.
    private mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + uniform() }
    }

    private static let systems = [
        ("best", "model_03.safetensors"), ("uniform", "mean of all ingredients"),
        ("greedy", "5 of 18 ingredients"),
        ("learned", "Learned-Soup"), ("learned+", "Learned-Soup+, per tensor"), ("hl", "HL-Soup"),
        ("hl+", "HL-Soup+, per tensor"), ("mehl", "MEHL-Soup"), ("mehl+", "MEHL-Soup+, per tensor"),
    ]

    private static let candidates = [
        CandidateRow(
            name: "best ingredient",
            label: "model_03.safetensors",
            score: Score(accuracy: 0.905, interval: 0.8965...0.9128, loss: 0.301, samples: 5000),
            gain: nil,
            gainInterval: nil,
            isWritten: false
        ),
        CandidateRow(
            name: "stack",
            label: "weights by which the answers add up",
            score: Score(accuracy: 0.904, interval: 0.8955...0.9119, loss: 0.292, samples: 5000),
            gain: -0.001,
            gainInterval: -0.004...0.002,
            isWritten: false
        ),
        CandidateRow(
            name: "mehl+",
            label: "MEHL-Soup+",
            score: Score(accuracy: 0.9092, interval: 0.9009...0.9169, loss: nil, samples: 5000),
            gain: 0.0042,
            gainInterval: 0.0005...0.0079,
            isWritten: true
        ),
    ]

    private mutating func page(ingredients: Int, groups: Int, steps: Int) -> ReportPage {
        let names = (0..<ingredients).map { "model_\($0 < 10 ? "0" : "")\($0).safetensors" }
        let accuracies = names.map { _ in 0.885 + 0.012 * uniform() }
        let rows = Self.systems.enumerated().map { row($0, $1.0, $1.1, ingredients, groups, steps) }
        let effective = names.indices.flatMap { name in
            Self.systems.indices.map { system -> Double in
                switch system {
                case 0: name == 3 ? 1 : 0
                case 1: 1 / Double(ingredients)
                case 2: name % 4 == 3 ? 0.25 : 0
                default: 1 / Double(ingredients) + 0.06 * normal()
                }
            }
        }
        let soups = [("mehl+", groups), ("learned", 1)]
        return ReportPage(
            title: "Nine systems on 18 vision transformers",
            lede: [
                "18 ingredients of 1,842,058 parameters, learned on 5,000 held-out images, tested on 10,000.",
                "mehlsoup 0.3.0, 23 November 2026",
            ],
            findings: [
                Finding(
                    .good,
                    "mehl+ is the best on the monitor: 90.12%, 0.31 points above the best ingredient."
                ),
                Finding(
                    .warning,
                    "Overfitting of learned+: its loss falls on the learning part (0.281 to 0.243) and rises on the monitor (0.290 to 0.301)."
                ),
                Finding(.note, "The interval of mehl+ overlaps with those of greedy and learned."),
            ],
            candidates: Self.candidates,
            folds: 2,
            systems: rows,
            reference: "best",
            mixture: MixturePicture(
                ingredients: names,
                accuracies: accuracies,
                systems: Self.systems.map(\.0),
                effective: effective
            ),
            runs: soups.map { run($0.0, names, accuracies, groups: $0.1, steps: steps) },
            facts: facts
        )
    }

    private var facts: [Fact] {
        [
            Fact("Seeds", "1, 2, 3"), Fact("Ranks", "2"), Fact("Threads", "1"), Fact("Lanes", "8"),
            Fact("Kernel set", "Cooperlake"), Fact("Batch size", "128"), Fact("Block size", "9"),
            Fact("Held-out data", "/data/fashion-mnist:train[50000:55000]"),
            Fact("Test data", "/data/fashion-mnist:test"), Fact("Program", "mehlsoup 0.3.0"),
        ]
    }

    private mutating func row(
        _ index: Int,
        _ name: String,
        _ label: String,
        _ count: Int,
        _ groups: Int,
        _ steps: Int
    )
        -> SystemRow
    {
        let isLearned = index > 2
        return SystemRow(
            name: name,
            label: label,
            heldOut: score(0.893 + 0.0012 * Double(index), 5000, isLearned),
            test: score(0.887 + 0.0016 * Double(index) - (index == 4 ? 0.007 : 0), 10_000, isLearned),
            isBest: index == 8,
            seconds: index < 2 ? 14.2 + uniform() : 30 + 300 * uniform(),
            steps: isLearned ? steps : nil,
            peakMiB: 210 + 700 * uniform(),
            temperature: index == 3 || index == 4 ? 1.1 + uniform() : nil,
            groups: isLearned ? (name.hasSuffix("+") ? groups : 1) : nil
        )
    }

    private mutating func score(_ accuracy: Double, _ samples: Int, _ isLearned: Bool) -> Score {
        let accuracy = accuracy + 0.001 * uniform()
        let half = 1.96 * (accuracy * (1 - accuracy) / Double(samples)).squareRoot()
        return Score(
            accuracy: accuracy,
            interval: accuracy - half...accuracy + half,
            standardDeviation: isLearned ? 0.0004 + 0.001 * uniform() : nil,
            loss: 0.28 + 0.04 * uniform(),
            samples: samples,
            seeds: isLearned ? 3 : 1
        )
    }

    private mutating func run(
        _ name: String,
        _ ingredients: [String],
        _ accuracies: [Double],
        groups: Int,
        steps: Int
    ) -> RunSection {
        let tensors = Self.tensors(groups)
        let alpha = (0..<ingredients.count * groups).map { index -> Double in
            let isOutlier = index % 311 == 17
            return 1 / Double(ingredients.count) + (isOutlier ? 1.4 : 0.09) * normal()
        }
        return RunSection(
            name: name,
            lede:
                "\(groups == 1 ? "One group" : "\(groups) groups"), \(steps) steps, two coefficient blocks of \(ingredients.count / 2) ingredients.",
            findings: name == "mehl+" ? [Finding(.note, "3 groups stood still in every step.")] : [],
            coefficients: CoefficientPicture(
                ingredients: ingredients,
                accuracies: accuracies,
                groups: tensors,
                groupParameters: tensors.map { $0.hasSuffix("bias") ? 192 : 110_592 },
                alpha: alpha,
                distances: alpha.map { _ in 0.02 + 0.05 * uniform() }
            ),
            curves: curves(steps),
            phaseSeconds: [
                Share("order", 0.4), Share("combine", 3.1), Share("gather", 1.9),
                Share("forward and backward", 141.7),
                Share("reduce", 2.8), Share("project", 4.4), Share("collect", 0.3), Share("update", 0.2),
            ],
            memoryMiB: [
                Share("slices", 70.3), Share("parameters", 7.03), Share("gradients", 28.1),
                Share("activations", 96.5),
                Share("messages", 7.1),
            ],
            facts: [
                Fact("Learning rate", "0.01"), Fact("Weight decay", "0"), Fact("Clip", "1.0"),
                Fact("Warm-up", "0.2"),
                Fact("Start", "greedy"), Fact("Temperature", "1.0"),
            ]
        )
    }

    private mutating func curves(_ count: Int) -> Curves {
        let half = max(count / 2, 1)
        return Curves(
            steps: (0..<count).map { step in
                let progress = Double(step) / Double(count)
                let within = Double(step % half) / Double(half)
                return Curves.Step(
                    loss: 0.33 - 0.08 * progress + 0.05 * normal(),
                    accuracy: min(0.88 + 0.02 * progress + 0.028 * normal(), 1),
                    gradientNorm: exp(0.4 * normal()) * (1.4 - 0.7 * progress),
                    learningRate: within < 0.2 ? 0.05 * within : 0.005 * (1 + cos(.pi * (within - 0.2) / 0.8))
                )
            },
            monitor: (0...10).map { look in
                let progress = Double(look) / 10
                return Curves.MonitorPoint(
                    step: look * count / 10,
                    loss: 0.32 - 0.1 * progress * (1.5 - progress),
                    accuracy: 0.885 + 0.02 * progress * (1.6 - progress)
                )
            },
            coefficientBlocks: [
                Curves.CoefficientBlock(firstStep: 0, label: "block 1"),
                Curves.CoefficientBlock(firstStep: half, label: "block 2"),
            ],
            keptStep: count * 8 / 10
        )
    }

    /// Names as of a vision transformer's tensors.
    private static func tensors(_ count: Int) -> [String] {
        let parts = ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
        let inner = (0..<max(count, 1)).flatMap { block in
            parts.flatMap { ["blocks.\(block).\($0).weight", "blocks.\(block).\($0).bias"] }
        }
        let all = ["cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias"] + inner
        return count == 1 ? ["model"] : Array(all.prefix(count))
    }
}
