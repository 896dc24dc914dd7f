/// Accuracies of the systems as dots with whiskers: held-out above test, a row per system.
///
/// The axis covers what there is, not 0 to 100%: the differences that matter are a few tenths of a percent.
struct DotPlot {
    let systems: [SystemRow]
    let reference: SystemRow?
    let id: String
    var title = "Accuracy of each system"
    var bestMark = "★ winner"

    private static let rowHeight = 46
    private static let top = 8
    private var bottom: Int { Self.top + systems.count * Self.rowHeight }
    private var height: Int { bottom + 26 }

    private var axis: Scale {
        let scores = systems.flatMap { [$0.heldOut, $0.test].compactMap { $0 } }
        let values = scores.flatMap { [$0.accuracy, $0.interval?.lowerBound, $0.interval?.upperBound] }
        return Scale(containing: values.compactMap { $0.map { 100 * $0 } }) { Numbers.fixed($0, $1) + "%" }
    }

    var html: Markup {
        let axis = axis
        return """
            <div class="plot dots">
            \(names)
            \(picture(
                id: id,
                title: title,
                description: description,
                size: "width=\"100%\" height=\"\(height)\"",
                grid(axis) + systems.indices.map { row($0, axis) }.joined()
            ))
            \(values)
            </div>
            """
    }

    /// The legend: shapes tell the series apart, not only colours.
    var legend: Markup {
        var entries: [Markup] = []
        if systems.contains(where: { $0.heldOut != nil }) {
            entries.append(legendEntry(whisker("3", "27", 6, "second") + square("15", 6), "held-out data"))
        }
        if systems.contains(where: { $0.test != nil }) {
            entries.append(legendEntry(whisker("3", "27", 6, "accent") + dot("15", 6), "test data"))
        }
        if let reference, referenceAccuracy != nil {
            let data = reference.test == nil ? "held-out" : "test"
            entries.append(
                legendEntry(
                    "<path class=\"reference\" d=\"M15 0v12\"/>",
                    "accuracy of “\(reference.name)” on \(data) data"
                )
            )
        }
        return "<p class=\"keys\">\(entries.joined())</p>"
    }

    private var description: String {
        systems.map { system in
            var parts: [String] = []
            if let heldOut = system.heldOut { parts.append("held-out \(Numbers.percent(heldOut.accuracy))") }
            if let test = system.test { parts.append("test \(Numbers.percent(test.accuracy))") }
            return "\(system.name): \(parts.joined(separator: ", "))"
        }.joined(separator: "; ") + "."
    }

    private var referenceAccuracy: Double? { (reference?.test ?? reference?.heldOut)?.accuracy }

    private func middle(_ index: Int) -> Double { Double(Self.top + index * Self.rowHeight) + 23 }

    private var names: Markup {
        let texts = systems.enumerated().map { index, system in
            let best: Markup =
                system.isBest ? label(bestMark, x: "0", y: middle(index) + 17, style: "best") : .none
            let name = system.name.elided(to: 14)
            return label(name, x: "0", y: middle(index) + (system.isBest ? 1 : 4), style: "strong") + best
        }
        return "<svg aria-hidden=\"true\" width=\"96\" height=\"\(height)\">\(texts.joined())</svg>"
    }

    private var values: Markup {
        let texts = systems.enumerated().map { index, system in
            let heldOut = system.heldOut.map {
                label(
                    Numbers.percent($0.accuracy),
                    x: "100%",
                    y: middle(index) - 5,
                    anchor: "end",
                    style: "second"
                )
            }
            let test = system.test.map {
                label(
                    Numbers.percent($0.accuracy),
                    x: "100%",
                    y: middle(index) + 13,
                    anchor: "end",
                    style: "accent"
                )
            }
            return (heldOut ?? .none) + (test ?? .none)
        }
        return "<svg aria-hidden=\"true\" width=\"58\" height=\"\(height)\">\(texts.joined())</svg>"
    }

    private func grid(_ axis: Scale) -> Markup {
        let rules = systems.indices.dropFirst().map { index in
            let y = "\(Self.top + index * Self.rowHeight)"
            return line(x1: "0", y1: y, x2: "100%", y2: y, style: "row")
        }
        let ticks = axis.ticks.map { tick in
            let x = percentage(axis.share(tick.value) ?? 0)
            return line(x1: x, y1: "\(Self.top)", x2: x, y2: "\(bottom)", style: "grid")
                + label(tick.label, x: x, y: Double(bottom + 18), anchor: "middle", style: "muted")
        }
        let mark: Markup
        if let referenceAccuracy, let share = axis.share(100 * referenceAccuracy) {
            let x = percentage(share)
            mark = line(x1: x, y1: "\(Self.top)", x2: x, y2: "\(bottom)", style: "reference")
        } else {
            mark = .none
        }
        return rules.joined() + ticks.joined() + mark
    }

    private func row(_ index: Int, _ axis: Scale) -> Markup {
        let system = systems[index]
        return series(system.heldOut, middle(index) - 9, axis, "second", square)
            + series(system.test, middle(index) + 9, axis, "accent", dot)
    }

    private func series(
        _ score: Score?,
        _ y: Double,
        _ axis: Scale,
        _ style: String,
        _ shape: (String, Double) -> Markup
    ) -> Markup {
        guard let score, let share = axis.share(100 * score.accuracy) else { return .none }
        var result = Markup.none
        if let interval = score.interval, let low = axis.share(100 * interval.lowerBound),
            let high = axis.share(100 * interval.upperBound)
        {
            result = whisker(percentage(low), percentage(high), y, style)
        }
        return result + shape(percentage(share), y)
    }

    private func whisker(_ low: String, _ high: String, _ y: Double, _ style: String) -> Markup {
        let (up, down) = ("\(y - 4)", "\(y + 4)")
        return line(x1: low, y1: "\(y)", x2: high, y2: "\(y)", style: "whisker \(style)")
            + line(x1: low, y1: up, x2: low, y2: down, style: "whisker \(style)")
            + line(x1: high, y1: up, x2: high, y2: down, style: "whisker \(style)")
    }

    private func dot(_ x: String, _ y: Double) -> Markup {
        "<circle class=\"dot accent\" cx=\"\(x)\" cy=\"\(y)\" r=\"5\"/>"
    }

    /// A hollow square around a place that may be a share: nested so that it can be shifted by half its size.
    private func square(_ x: String, _ y: Double) -> Markup {
        """
        <svg x="\(x)" y="\(y)" width="1" height="1" overflow="visible">\
        <rect class="dot second" x="-4.5" y="-4.5" width="9" height="9"/></svg>
        """
    }
}
