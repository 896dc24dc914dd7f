extension HeatMap {
    /// The coloured cells, their dashes and arrows, and, in wide cells, their values.
    var cells: Markup {
        var strips: [Int: Strip] = [:]
        var (dashes, arrows): ([Int: Strip], [Int: String]) = ([:], [:])
        var titled: [Markup] = []
        let (range, digits) = (range, digits)
        let isTitled = !showsValues && values.count <= Self.mostTitledCells
        for (index, value) in values.enumerated() {
            let (row, column) = (index / columns.count, index % columns.count)
            let step = DivergingColours.step(value, range: range.limit)
            let outline =
                "M\(left(column)) \(top(row))h\(columnWidth - 1)v\(rowHeight - 1)h-\(columnWidth - 1)z"
            if isTitled {
                titled.append(
                    """
                    <path class="\(value.isNaN ? "nan" : DivergingColours.name(step))" d="\(outline)">\
                    <title>\(rows[row]) · \(columns[column]): \(Numbers.signed(value, digits: digits + 1))</title></path>
                    """
                )
            } else if !value.isNaN {
                strips[step, default: Strip()].append(left(column), top(row) + rowHeight / 2, columnWidth - 1)
            }
            guard !showsValues else { continue }
            let (x, y) = (left(column) + columnWidth / 2, top(row) + rowHeight / 2)
            if range.isBeyond(value) {
                arrows[step, default: ""] += arrow(x, y, isUp: value > 0)
            } else if step < 0 {
                dashes[step, default: Strip()].append(x - 3, y, 5)
            }
        }
        let coloured = strips.sorted { $0.key < $1.key }.map { step, strip in
            let name = DivergingColours.name(step)
            return "<path class=\"strip-\(name)\" stroke-width=\"\(rowHeight - 1)\" d=\"\(strip.outline)\"/>"
                as Markup
        }
        let marked = Set(dashes.keys).union(arrows.keys).sorted().map { step in
            let lines = (dashes[step]?.outline ?? "") + (arrows[step] ?? "")
            return "<path class=\"mark on-\(DivergingColours.name(step))\" d=\"\(lines)\"/>" as Markup
        }
        return titled.joined() + coloured.joined() + marked.joined() + (showsValues ? texts : .none)
    }

    /// Marks what lies beyond the colours' range.
    private func arrow(_ x: Int, _ y: Int, isUp: Bool) -> String {
        let (tip, foot) = isUp ? (-4, 2) : (3, -3)
        return "M\(x - 4) \(y + foot)l4 \(tip - foot)l4 \(foot - tip)"
    }

    private var texts: Markup {
        let (range, digits) = (range, digits)
        return values.enumerated().map { index, value in
            let (row, column) = (index / columns.count, index % columns.count)
            let step = DivergingColours.step(value, range: range.limit)
            let arrow = range.isBeyond(value) ? (value > 0 ? "▲" : "▼") : ""
            return label(
                arrow + (value == 0 ? "0" : Numbers.signed(value, digits: digits)),
                x: "\(left(column) + columnWidth / 2)",
                y: Double(baseline(row)),
                anchor: "middle",
                style: "on-\(DivergingColours.name(step))"
            )
        }.joined()
    }
}

/// Cells of one colour as wide strokes, each place told from the last: half the length of outlines.
private struct Strip {
    private(set) var outline = ""
    private var end: (x: Int, y: Int) = (0, 0)

    mutating func append(_ x: Int, _ y: Int, _ width: Int) {
        outline += "m\(x - end.x) \(y - end.y)h\(width)"
        end = (x + width, y)
    }
}
