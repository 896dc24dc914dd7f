/// What every system mixed: effective coefficients, ingredient × system.
struct MixtureView {
    let picture: MixturePicture

    var figure: Figure {
        let map = HeatMap(
            id: "mixture",
            title: "What each system mixed",
            description:
                "Effective coefficient of each ingredient in each system. The numbers follow as a table.",
            rows: picture.ingredients,
            columns: picture.systems,
            values: picture.effective,
            accuracies: picture.accuracies
        )
        return Figure(
            title: "What each system mixed",
            note: "The effective coefficient of each ingredient: the mean of its α over all parameters.",
            picture: map.html,
            legend: HeatLegend(map: map).html,
            tables: [table]
        )
    }

    private var table: DataTable {
        let systems = picture.systems.count
        return DataTable(
            caption: "Effective coefficient of each ingredient in each system",
            columns: ["Ingredient"] + picture.systems,
            rows: picture.ingredients.enumerated().map { ingredient, name in
                DataTable.Row(
                    header: "\(name)",
                    cells: picture.systems.enumerated().map { system, systemName in
                        let value = picture.effective[ingredient * systems + system]
                        return DataTable.Cell(
                            "\(Numbers.signed(value, digits: 4))",
                            attributes: """
                                 data-system="\(systemName)" data-ingredient="\(name)" data-field="effective" \
                                data-value="\(value)"
                                """
                        )
                    }
                )
            }
        )
    }
}
