/// The ingredients by themselves: what a soup has to beat, and which of them look wrong.
struct IngredientsView {
    let ingredients: [IngredientRow]

    /// Beyond this many a picture is longer than it is useful.
    private static let mostInPicture = 24

    var html: Markup {
        """
        <section id="ingredients" aria-labelledby="ingredients-heading">
        <h2 id="ingredients-heading">Ingredients</h2>
        \(ingredients.count > Self.mostInPicture ? .none : picture)
        \(table.html)
        </section>
        """
    }

    private var picture: Markup {
        let plot = DotPlot(
            systems: ingredients.map { SystemRow(name: $0.name, heldOut: $0.score, isBest: $0.isBest) },
            reference: nil,
            id: "ingredient-accuracies",
            title: "Accuracy of each ingredient",
            bestMark: "★ best"
        )
        return Figure(
            title: "Each ingredient by itself",
            note: "Accuracy on the held-out images that were looked at, with 95% intervals.",
            picture: plot.html,
            legend: plot.legend
        ).html
    }

    private var table: DataTable {
        DataTable(
            caption:
                "Each ingredient by itself on \(Numbers.count(ingredients.first?.score.samples ?? 0)) held-out samples",
            columns: ["Ingredient", "Accuracy", "Loss", "Distance from the mean"],
            rows: ingredients.map { ingredient in
                DataTable.Row(
                    header: "\(ingredient.name)",
                    cells: [accuracy(ingredient), loss(ingredient), distance(ingredient)],
                    style: ingredient.isBest ? "best" : ""
                )
            }
        )
    }

    private func attributes(_ ingredient: IngredientRow, _ field: String, _ value: Double) -> Markup {
        " data-ingredient=\"\(ingredient.name)\" data-field=\"\(field)\" data-value=\"\(value)\""
    }

    private func accuracy(_ ingredient: IngredientRow) -> DataTable.Cell {
        let interval = ingredient.score.interval
        let bounds: Markup =
            interval.map {
                """
                <small>\(Numbers.fixed(100 * $0.lowerBound, 2))–\(Numbers.fixed(100 * $0.upperBound, 2))</small>
                """
            } ?? .none
        return DataTable.Cell(
            "<span>\(Numbers.percent(ingredient.score.accuracy))</span>" + bounds,
            attributes: attributes(ingredient, "look_accuracy", ingredient.score.accuracy)
        )
    }

    private func loss(_ ingredient: IngredientRow) -> DataTable.Cell {
        guard let loss = ingredient.score.loss else { return DataTable.Cell("–") }
        return DataTable.Cell(
            "\(Numbers.short(loss))",
            attributes: attributes(ingredient, "look_loss", loss)
        )
    }

    private func distance(_ ingredient: IngredientRow) -> DataTable.Cell {
        guard let distance = ingredient.relativeDistance else { return DataTable.Cell("–") }
        return DataTable.Cell(
            "\(Numbers.percent(distance)) of its length",
            attributes: attributes(ingredient, "relative_distance", distance)
        )
    }
}
