import Runs

extension OutOfFoldTable {
    /// The table of what could have been written, with what each gains over the best ingredient.
    var lines: [String] {
        ["on \(samples.grouped) held-out images that each had no part in (\(folds) folds)"]
            + table(
                ["accuracy", "95% interval", "loss", "over the best", "95% interval", "soup"],
                rows.enumerated().map { index, row in
                    [
                        "\(fixed(100 * row.accuracy, 2))%",
                        "\(fixed(100 * row.low, 2))–\(fixed(100 * row.high, 2))",
                        row.loss.map { fixed($0, 4) } ?? "not finite",
                        row.gain.map { signed($0.mean) } ?? "–",
                        row.gain.map { "\(signed($0.low)) to \(signed($0.high))" } ?? "–",
                        (index == 0 ? "best ingredient" : row.method)
                            + (index == written ? "  ★ written" : ""),
                    ]
                },
                alignRight: [0, 1, 2, 3, 4]
            )
    }

    /// A difference in points.
    private func signed(_ difference: Double) -> String {
        let text = fixed(100 * abs(difference), 2)
        return difference < 0 ? "−\(text)" : "+\(text)"
    }
}
