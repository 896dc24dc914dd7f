import Checkpoints
import Diagnostics

extension PoolReport {
    var lines: [String] {
        if let misfit { return ["they do not fit together: \(misfit)"] }
        return ["\(ingredients.count) checkpoints that fit together; ‖mean‖ \(significant(normOfMean ?? 0))"]
            + fixedLines + ingredientLines + groupLines + doubts.map { "  WARNING  \($0)" } + [verdict]
    }

    /// What mixing leaves as it is.
    private var fixedLines: [String] {
        var lines: [String] = []
        if let identical, !identical.tensors.isEmpty {
            lines.append(
                """
                  the same in all ingredients, and so in every soup: \(identical.tensors.count.grouped) of \
                \(identical.of.of("tensor")), \(identical.parameters.of("parameter")): \(names(identical.tensors))
                """
            )
        }
        if !differingCarried.isEmpty {
            lines.append(
                "  not mixed, although ingredients differ: \(differingCarried.count.of("tensor")), "
                    + "taken from \(ingredients[0].path.onOneLine): \(names(differingCarried))"
            )
        }
        return lines
    }

    private func names(_ names: [String]) -> String {
        names.prefix(4).map(\.onOneLine).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
    }

    private var ingredientLines: [String] {
        let rows = ingredients.map { ingredient in
            [
                ingredient.distance.map(significant) ?? "–", percent(ingredient.relativeDistance),
                ingredient.ratio.map(significant) ?? "–",
                ([ingredient.path.onOneLine] + notes(ingredient).map { "(\($0))" }).joined(separator: " "),
            ]
        }
        return table(["‖w − mean‖", "of ‖mean‖", "× usual", "ingredient"], rows, alignRight: [0, 1, 2])
    }

    private func notes(_ ingredient: Ingredient) -> [String] {
        var notes: [String] = []
        if let weights = ingredient.unusable {
            notes.append(
                "diverged: \(weights.count.of("weight")) not finite or too large, the first in "
                    + "\(weights.tensor.onOneLine), element \(weights.element): \(weights.value)"
            )
        }
        if let other = ingredient.duplicateOf { notes.append("the same weights as \(other.onOneLine)") }
        if let outlier = ingredient.outlier {
            let place = "\(significant(outlier.groupRatio)) × usual in \(outlier.group.onOneLine)"
            notes.append(outlier.isWhole ? "outlier, most of all \(place)" : "outlier in one group: \(place)")
        }
        return notes
    }

    private var groupLines: [String] {
        let names = IngredientNames.of(ingredients.map(\.path))
        let rows = groups.map { GroupRow($0, names) }
        let most = 8
        let isShort = rows.count > 12
        let shown =
            isShort
            ? rows.indices.sorted { (-rows[$0].median, $0) < (-rows[$1].median, $1) }.prefix(most).map {
                rows[$0]
            } : rows
        guard !shown.isEmpty else { return [] }
        let which =
            isShort ? "the \(most) of \(rows.count) groups that differ most; all with --json" : "by group"
        return ["  ‖w − mean‖ / ‖mean‖, \(which):"]
            + table(
                ["median", "greatest", "of", "parameters", "group"],
                shown.map { row in
                    [
                        percent(row.median), percent(row.greatest), row.greatestOf, row.parameters.grouped,
                        row.name.onOneLine,
                    ]
                },
                alignRight: [0, 1, 3]
            )
    }

    private var verdict: String {
        func count(_ isOne: (Ingredient) -> Bool) -> Int { ingredients.filter(isOne).count }
        let counts = [
            (count { $0.unusable != nil }, "diverged", "diverged"),
            (count { $0.duplicateOf != nil }, "duplicate", "duplicates"),
            (count { $0.outlier != nil }, "outlier", "outliers"),
        ]
        let found =
            counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
            + (doubts.isEmpty ? [] : ["whether they share a pretrained model"])
        return
            "  look at: \(found.isEmpty ? "nothing, no ingredient stands out" : found.joined(separator: ", "))"
    }
}

/// One group in a few numbers.
private struct GroupRow {
    let name: String
    let parameters: Int
    /// Of ‖w − mean‖ / ‖mean‖; without a mean, 0.
    let median: Double
    let greatest: Double
    /// The ingredient that is furthest off.
    let greatestOf: String

    init(_ group: PoolReport.Group, _ names: [String]) {
        name = group.name
        parameters = group.parameters
        let known = group.distances.enumerated().compactMap { index, distance in
            distance.map { (index: index, share: group.normOfMean > 0 ? $0 / group.normOfMean : 0) }
        }.sorted { ($0.share, $1.index) < ($1.share, $0.index) }
        median = known.isEmpty ? 0 : known[known.count / 2].share
        greatest = known.last?.share ?? 0
        greatestOf = known.last.map { names[$0.index].onOneLine } ?? "–"
    }
}

/// "1.23%"; "–" for nothing.
private func percent(_ share: Double?) -> String { share.map { "\(significant(100 * $0))%" } ?? "–" }
