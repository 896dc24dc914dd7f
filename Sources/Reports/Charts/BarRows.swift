/// Parts of a whole as bars with their names before and their numbers behind them.
struct BarRows {
    let id: String
    let title: String
    let parts: [Share]
    /// Writes a part's number.
    let number: (Double) -> String

    private static let rowHeight = 26
    private var height: Int { parts.count * Self.rowHeight + 4 }

    private var total: Double { parts.map(\.value).filter(\.isFinite).reduce(0, +) }

    private func text(_ part: Share) -> String {
        guard total > 0, part.value.isFinite else { return number(part.value) }
        let share = part.value / total
        let percent = share > 0 && share < 0.005 ? "<1%" : Numbers.percent(share, digits: 0)
        return "\(number(part.value)) · \(percent)"
    }

    var html: Markup {
        let most = parts.map(\.value).filter(\.isFinite).max() ?? 0
        let names = parts.enumerated().map { index, part in
            label(part.name.elided(to: 21), x: "100%", y: middle(index) + 4, anchor: "end")
        }
        let bars = parts.enumerated().map { index, part in
            // The number stands behind the bar: the longest leaves it room.
            let share = most > 0 && part.value.isFinite ? max(part.value / most, 0) * 0.42 : 0
            return """
                <rect class="bar" x="0" y="\(middle(index) - 8)" width="\(percentage(share))" height="16"/>\
                <svg x="\(percentage(share))" y="0" width="1" height="1" overflow="visible">\
                \(label(text(part), x: "7", y: middle(index) + 4))</svg>
                """ as Markup
        }
        let description = parts.map { "\($0.name): \(text($0))" }.joined(separator: "; ") + "."
        return """
            <div class="plot bars">
            <svg aria-hidden="true" width="100%" height="\(height)">\(names.joined())</svg>
            \(picture(
                id: id,
                title: title,
                description: description,
                size: "width=\"100%\" height=\"\(height)\"",
                bars.joined()
            ))
            </div>
            """
    }

    /// The numbers for programs: `field` says what they are.
    func table(_ caption: String, unit: String, run: String, field: String) -> DataTable {
        DataTable(
            caption: caption,
            columns: ["Part", unit, "Share"],
            rows: parts.map { part in
                DataTable.Row(
                    header: "\(part.name)",
                    cells: [
                        .init(
                            "\(number(part.value))",
                            attributes: """
                                 data-run="\(run)" data-field="\(field)" data-part="\(part.name)" \
                                data-value="\(part.value)"
                                """
                        ),
                        .init(total > 0 ? Numbers.percent(part.value / total, digits: 1) : "–"),
                    ]
                )
            }
        )
    }

    private func middle(_ index: Int) -> Double { Double(index * Self.rowHeight) + 15 }
}
