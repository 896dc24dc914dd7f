/// The pictures of one soup's coefficients.
struct CoefficientView {
    let picture: CoefficientPicture
    let run: String
    let id: String

    var figures: [Figure] {
        guard !picture.ingredients.isEmpty, !picture.groups.isEmpty else { return [] }
        return [coefficients] + (picture.distances.isEmpty ? [] : [pulls])
    }

    private var shape: String {
        let (ingredients, groups) = (picture.ingredients.count, picture.groups.count)
        return "\(ingredients) ingredients × \(groups) group\(groups == 1 ? "" : "s")"
    }

    private var coefficients: Figure {
        let map = HeatMap(
            id: "\(id)-alpha",
            title: "Coefficients of \(run)",
            description: description,
            rows: picture.ingredients,
            columns: picture.groups,
            values: picture.alpha,
            accuracies: picture.accuracies,
            bars: picture.effective
        )
        return Figure(
            title: "Coefficients α",
            note: """
                How much of each ingredient is in each group of parameters. Effective: the mean over the groups, \
                weighted with their parameters.
                """,
            picture: map.html,
            legend: HeatLegend(map: map).html,
            tables: [effectiveTable, table("α by group and ingredient, \(shape)", picture.alpha)]
        )
    }

    /// α alone misleads where ingredients nearly agree: this shows how far each moves the soup.
    private var pulls: Figure {
        let values = zip(picture.alpha, picture.distances).map { $0 * $1 }
        let map = HeatMap(
            id: "\(id)-pull",
            title: "α times distance of \(run)",
            description: "α times relative distance, \(shape). The numbers follow as a table.",
            rows: picture.ingredients,
            columns: picture.groups,
            values: values
        )
        return Figure(
            title: "α × distance",
            note: """
                How far each ingredient pulls the soup from the mean of all, in shares of the weights’ norm. Where \
                the ingredients nearly agree, a large α moves little.
                """,
            picture: map.html,
            legend: HeatLegend(map: map).html,
            tables: [table("α × ‖w − c‖/‖c‖ by group and ingredient, \(shape)", values)]
        )
    }

    private var description: String {
        let ranked = zip(picture.ingredients, picture.effective).sorted { $0.1 > $1.1 }
        let first = ranked.prefix(3).map { "\($0.0) \(Numbers.signed($0.1))" }.joined(separator: ", ")
        let last = ranked.last.map { "\($0.0) \(Numbers.signed($0.1))" } ?? ""
        return """
            \(shape). The greatest effective coefficients: \(first); the least: \(last). The numbers follow as \
            tables.
            """
    }

    private var effectiveTable: DataTable {
        DataTable(
            caption: "Effective coefficient per ingredient",
            columns: ["Ingredient", "Effective α"]
                + (picture.accuracies.isEmpty ? [] : ["Held-out accuracy alone"]),
            rows: zip(picture.ingredients, picture.effective).enumerated().map { index, row in
                let name = row.0
                let attributes: Markup = " data-run=\"\(run)\" data-ingredient=\"\(name)\""
                var cells = [
                    DataTable.Cell(
                        "\(Numbers.signed(row.1, digits: 4))",
                        attributes: "\(attributes) data-field=\"effective\" data-value=\"\(row.1)\""
                    )
                ]
                if !picture.accuracies.isEmpty {
                    let accuracy = picture.accuracies[index]
                    cells.append(
                        DataTable.Cell(
                            "\(Numbers.percent(accuracy))",
                            attributes:
                                "\(attributes) data-field=\"individual_accuracy\" data-value=\"\(accuracy)\""
                        )
                    )
                }
                return DataTable.Row(header: "\(name)", cells: cells)
            }
        )
    }

    /// Groups down, as there are more of them; cells without attributes, as there are thousands.
    private func table(_ caption: String, _ values: [Double]) -> DataTable {
        let groups = picture.groups.count
        return DataTable(
            caption: caption,
            columns: ["Group", "Parameters"] + picture.ingredients,
            rows: picture.groups.enumerated().map { group, name in
                DataTable.Row(
                    header: "\(name)",
                    cells: [DataTable.Cell(Numbers.count(picture.groupParameters[group]))]
                        + picture.ingredients.indices.map {
                            DataTable.Cell(Numbers.signed(values[$0 * groups + group], digits: 4))
                        }
                )
            }
        )
    }
}
