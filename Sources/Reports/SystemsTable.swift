/// The systems side by side: what they reach and what they cost.
///
/// A column that no system has a value for is left out.
struct SystemsTable {
    let systems: [SystemRow]

    private struct Column {
        let title: String
        let cell: (SystemRow) -> DataTable.Cell?
    }

    var table: DataTable {
        let columns = columns.filter { column in systems.contains { column.cell($0) != nil } }
        return DataTable(
            caption: caption,
            columns: ["System"] + columns.map(\.title),
            rows: systems.map { system in
                DataTable.Row(
                    header: header(of: system),
                    cells: columns.map { $0.cell(system) ?? DataTable.Cell("–") },
                    style: system.isBest ? "best" : ""
                )
            }
        )
    }

    private var caption: String {
        let scores = systems.flatMap { [$0.heldOut, $0.test].compactMap { $0 } }
        var text = "Accuracy"
        if scores.contains(where: { $0.interval != nil }) { text += " with its 95% interval" }
        if let seeds = scores.map(\.seeds).max(), seeds > 1 {
            text += "; ± is the standard deviation over up to \(seeds) seeds"
        }
        let samples = [("held-out", systems.compactMap(\.heldOut)), ("test", systems.compactMap(\.test))]
        for (name, scores) in samples {
            guard let most = scores.map(\.samples).max() else { continue }
            text += "; \(Numbers.count(most)) \(name) samples"
        }
        return text
    }

    private func header(of system: SystemRow) -> Markup {
        let best: Markup = system.isBest ? " <span class=\"best\">★ winner</span>" : .none
        let label: Markup = system.label.isEmpty ? .none : "<small>\(system.label)</small>"
        return "<span class=\"system\">\(system.name)</span>\(best)\(label)"
    }

    private var columns: [Column] {
        [
            Column(title: "Held-out accuracy") { accuracy($0, $0.heldOut, "heldout") },
            Column(title: "Test accuracy") { accuracy($0, $0.test, "test") },
            Column(title: "Held-out loss") { number($0, "heldout_loss", $0.heldOut?.loss, Numbers.short) },
            Column(title: "Test loss") { number($0, "test_loss", $0.test?.loss, Numbers.short) },
            Column(title: "Time") { number($0, "seconds", $0.seconds, Numbers.duration) },
            Column(title: "Steps") { count($0, "steps", $0.steps) },
            Column(title: "Peak memory") { number($0, "peak_rss_mib", $0.peakMiB, Numbers.mebibytes) },
            Column(title: "Temperature") { number($0, "temperature", $0.temperature, Numbers.short) },
            Column(title: "Groups") { count($0, "groups", $0.groups) },
        ]
    }

    private func attributes(_ system: SystemRow, _ field: String, _ value: Markup) -> Markup {
        " data-system=\"\(system.name)\" data-field=\"\(field)\" data-value=\"\(value)\""
    }

    private func number(_ system: SystemRow, _ field: String, _ value: Double?, _ text: (Double) -> String)
        -> DataTable.Cell?
    {
        value.map { DataTable.Cell("\(text($0))", attributes: attributes(system, field, "\($0)")) }
    }

    private func count(_ system: SystemRow, _ field: String, _ value: Int?) -> DataTable.Cell? {
        value.map { DataTable.Cell("\(Numbers.count($0))", attributes: attributes(system, field, "\($0)")) }
    }

    /// The cell carries the mean; what stands smaller beside it carries its own value.
    private func accuracy(_ system: SystemRow, _ score: Score?, _ data: String) -> DataTable.Cell? {
        guard let score else { return nil }
        var content: Markup = "<span>\(Numbers.percent(score.accuracy))</span>"
        if let deviation = score.standardDeviation {
            let attributes = attributes(system, "\(data)_sd", "\(deviation)")
            content =
                content + " <span class=\"muted\"\(attributes)>± \(Numbers.fixed(100 * deviation, 2))</span>"
        }
        if let interval = score.interval {
            let low = attributes(system, "\(data)_low", "\(interval.lowerBound)")
            let high = attributes(system, "\(data)_high", "\(interval.upperBound)")
            content =
                content + """
                    <small><span\(low)>\(Numbers.fixed(100 * interval.lowerBound, 2))</span>–\
                    <span\(high)>\(Numbers.fixed(100 * interval.upperBound, 2))</span></small>
                    """
        }
        return DataTable.Cell(
            content,
            attributes: attributes(system, "\(data)_accuracy", "\(score.accuracy)")
        )
    }
}
