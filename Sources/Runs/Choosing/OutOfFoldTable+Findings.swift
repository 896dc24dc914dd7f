import Foundation

extension OutOfFoldTable {
    /// What was written, how well it does on images that it had no part in, and whether that is better than the best
    /// ingredient.
    package var findings: [RunFinding] {
        let images = "\(samples) held-out images that it had no part in (\(folds) folds)"
        let first = RunFinding(
            .note,
            "\(soup.method)\(soup.way == nil ? "" : " (\(soup.explanation))") was written: right in \(percent(soup.accuracy)) (\(interval(soup.low, soup.high))) of \(images)"
        )
        guard let gain = soup.gain else {
            return [
                first,
                RunFinding(
                    .warning,
                    "no soup is surely better than the best ingredient: that was written as it is"
                ),
            ]
        }
        let points =
            "\(signed(gain.mean)) points (\(signed(gain.low)) to \(signed(gain.high))) over the best ingredient on the same "
            + "images"
        if gain.low > 0 { return [first, RunFinding(.good, "better than the best ingredient: \(points)")] }
        if gain.high < 0 {
            return [first, RunFinding(.warning, "worse than the best ingredient: \(points)")]
        }
        return [
            first,
            RunFinding(
                .note,
                "these images cannot tell whether it is better than the best ingredient: \(points)"
            ),
        ]
    }

    private func percent(_ share: Double) -> String { String(format: "%.2f%%", 100 * share) }

    private func interval(_ low: Double, _ high: Double) -> String {
        String(format: "%.2f–%.2f", 100 * low, 100 * high)
    }

    /// In points.
    private func signed(_ difference: Double) -> String {
        String(format: "%+.2f", 100 * difference).replacingOccurrences(of: "-", with: "−")
    }
}
