import Checkpoints

/// Saved coefficients: each model's range of α over the groups.
struct CoefficientsReport: Report {
    struct Model: Encodable, Equatable {
        let path: String
        let sha256: String
        let least: Double
        let mean: Double
        let greatest: Double
    }

    let kind = "coefficients"
    let path: String
    let groups: Int
    let temperature: Double
    let models: [Model]
    /// max |Σ α − 1| over the groups.
    let greatestSumError: Double
    let warning: String?

    init(_ path: String) throws {
        let file = try CoefficientsFile(path)
        self.path = path
        groups = file.groups.count
        temperature = file.temperature
        models = file.models.enumerated().map { index, model in
            let alpha = file.alpha.map { $0[index] }
            return Model(
                path: model.path,
                sha256: model.sha256,
                least: alpha.min() ?? 0,
                mean: alpha.reduce(0) { $0 + $1 / Double(alpha.count) },
                greatest: alpha.max() ?? 0
            )
        }
        greatestSumError = file.sums.map { abs($0 - 1) }.max() ?? 0
        warning = file.warning
    }

    var lines: [String] {
        let rows = models.map {
            [significant($0.least), significant($0.mean), significant($0.greatest), $0.path.onOneLine]
        }
        return [
            "\(path.onOneLine): coefficients",
            "  \(models.count.of("model")), \(groups.of("group")), temperature \(temperature)",
            warning.map { "  warning: \($0)" }
                ?? "  Σ α is 1 in every group, within \(significant(greatestSumError))",
        ] + table(["least α", "mean α", "greatest α", "model"], rows, alignRight: [0, 1, 2])
    }
}
