/// The curves of one run: four pictures over the same steps, and their numbers.
struct CurvesView {
    let curves: Curves
    let run: String
    let id: String

    private static let tableRows = 20
    private static let mostMonitorRows = 200

    var figure: Figure? {
        guard !curves.steps.isEmpty else { return nil }
        return Figure(
            title: "Over the steps",
            note: note,
            picture: "<div class=\"panels\">\(charts.map(panel))</div>",
            legend: legend,
            tables: [stepTable] + (curves.monitor.isEmpty ? [] : [monitorTable])
        )
    }

    private var note: String {
        let blocks = curves.coefficientBlocks.count
        guard blocks > 1 else { return "" }
        if blocks > LineChart.mostBoundaries {
            return "\(Numbers.count(blocks)) coefficient blocks, too many to mark."
        }
        return "Upright dashes: a coefficient block begins."
    }

    private var charts: [LineChart] {
        [
            LineChart(
                id: "\(id)-loss",
                title: "Loss of the batch",
                values: curves.steps.map(\.loss),
                curves: curves,
                monitor: curves.monitor.map(\.loss),
                mayBeLogarithmic: true
            ),
            LineChart(
                id: "\(id)-accuracy",
                title: "Accuracy on the batch",
                values: curves.steps.map { 100 * $0.accuracy },
                curves: curves,
                monitor: curves.monitor.map { 100 * $0.accuracy },
                label: { Numbers.fixed($0, $1) + "%" },
                number: { Numbers.fixed($0, 2) + "%" }
            ),
            LineChart(
                id: "\(id)-gradient",
                title: "Norm of the gradient",
                values: curves.steps.map(\.gradientNorm),
                curves: curves,
                mayBeLogarithmic: true
            ),
            LineChart(
                id: "\(id)-rate",
                title: "Learning rate",
                values: curves.steps.map(\.learningRate),
                curves: curves,
                isSmoothed: false
            ),
        ]
    }

    private func panel(_ chart: LineChart) -> Markup {
        "<div><h4>\(chart.title)</h4>\n\(chart.html)</div>"
    }

    private var legend: Markup {
        var entries: [Markup] = [
            legendEntry("<path class=\"raw\" d=\"M2 10L8 2L14 10L20 2L28 10\"/>", "every step"),
            legendEntry("<path class=\"curve\" d=\"M2 6H28\"/>", "smoothed"),
        ]
        if !curves.monitor.isEmpty {
            entries.append(
                legendEntry(
                    """
                    <path class="monitor" d="M2 6H28"/><path class="diamond" d="M15 1.5L19.5 6L15 10.5L10.5 6z"/>
                    """,
                    "on the monitor, which is not learned from"
                )
            )
        }
        if let kept = curves.keptStep {
            entries.append(
                legendEntry(
                    "<path class=\"kept\" d=\"M15 0V12\"/>",
                    "kept, after \(Numbers.count(kept)) steps"
                )
            )
        }
        return "<p class=\"keys\">\(entries.joined())</p>"
    }

    // MARK: - Tables

    private var stepTable: DataTable {
        let count = curves.steps.count
        let rows = min(count, Self.tableRows)
        return DataTable(
            caption: "Means over parts of the \(Numbers.count(count)) steps",
            columns: ["Steps", "Loss", "Accuracy", "Gradient norm", "Learning rate"],
            rows: (0..<rows).map { row in
                // Of the full width: the product of two such counts stays far within an Int.
                let range = row * count / rows..<(row + 1) * count / rows
                let steps = curves.steps[range]
                let mean = { (value: (Curves.Step) -> Double) in
                    steps.map(value).reduce(0, +) / Double(steps.count)
                }
                let first = Numbers.count(range.lowerBound)
                return DataTable.Row(
                    header: range.count == 1 ? "\(first)" : "\(first)–\(Numbers.count(range.upperBound - 1))",
                    cells: [
                        .init(Numbers.short(mean(\.loss))),
                        .init(Numbers.percent(mean(\.accuracy))),
                        .init(Numbers.short(mean(\.gradientNorm))),
                        .init(Numbers.short(mean(\.learningRate))),
                    ]
                )
            }
        )
    }

    private var monitorTable: DataTable {
        let stride = max((curves.monitor.count + Self.mostMonitorRows - 1) / Self.mostMonitorRows, 1)
        let shown = curves.monitor.enumerated().filter { index, point in
            index % stride == 0 || index == curves.monitor.count - 1 || point.step == curves.keptStep
        }
        return DataTable(
            caption: "On the monitor" + (stride > 1 ? ", every \(stride) looks" : ""),
            columns: ["After steps", "Loss", "Accuracy"],
            rows: shown.map { _, point in
                let isKept = point.step == curves.keptStep
                let attributes: Markup = " data-run=\"\(run)\" data-step=\"\(point.step)\""
                return DataTable.Row(
                    header: "\(Numbers.count(point.step))\(isKept ? " (kept)" : "")",
                    cells: [
                        .init(
                            "\(Numbers.short(point.loss))",
                            attributes:
                                "\(attributes) data-field=\"monitor_loss\" data-value=\"\(point.loss)\""
                        ),
                        .init(
                            "\(Numbers.percent(point.accuracy))",
                            attributes:
                                "\(attributes) data-field=\"monitor_accuracy\" data-value=\"\(point.accuracy)\""
                        ),
                    ],
                    style: isKept ? "best" : ""
                )
            }
        )
    }
}
