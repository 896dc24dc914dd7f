import Foundation

/// Values of ingredients × columns as a map of colours around zero, with the rows' names, and numbers of theirs, beside.
///
/// The names stand still while the map scrolls under them. Less than zero has a dash as well as a colour.
struct HeatMap {
    /// Of its own on the page.
    var id: String
    var title: String
    var description: String
    var rows: [String]
    var columns: [String]
    /// Row after row.
    var values: [Double]
    /// Accuracies of the rows' ingredients; none where empty.
    var accuracies: [Double] = []
    /// A bar per row between names and map; none where empty.
    var bars: [Double] = []

    /// Beyond so many cells, they cannot say their value one by one under the pointer: the page would grow too long.
    static let mostTitledCells = 2000

    var range: HeatRange { HeatRange(values) }

    var html: Markup {
        """
        \(isWide ? "<p class=\"hint\">Scroll sideways for more.</p>" : .none)
        <div class="scroll heat" tabindex="0" role="region" aria-label="\(title): scrolls sideways">
        \(names)
        \(picture(id: id, title: title, description: description, size: size, map))
        </div>
        """
    }

    // MARK: - Sizes, in CSS pixels

    var rowHeight: Int { rows.count > 36 ? 14 : 18 }
    var columnWidth: Int { columns.count > 20 ? 14 : columns.count > 10 ? 24 : 42 + 7 * digits }
    /// Whether the cells are wide enough for their values.
    var showsValues: Bool { columns.count <= 10 }
    /// Names that fit lie flat, others stand upright.
    private var isFlat: Bool { columns.allSatisfy { $0.count * 7 < columnWidth } }
    /// Room for the columns' names.
    var head: Int {
        isFlat ? 22 : (columns.map { min($0.count, Self.longestColumn) }.max() ?? 0) * 6 + 14
    }
    /// Digits after the point that tell values of this map apart.
    var digits: Int {
        let limit = range.limit
        return limit > 0 ? min(max(2 - Int(log10(limit).rounded(.down)), 3), 8) : 3
    }
    var height: Int { head + rows.count * rowHeight + 4 }
    private var accuracyWidth: Int { accuracies.isEmpty ? 0 : 64 }
    private var barWidth: Int { bars.isEmpty ? 0 : 140 }
    private var mapStart: Int { accuracyWidth + barWidth }
    /// Whether a phone shows less than half of it at once.
    private var isWide: Bool { mapStart + mapWidth > 250 }
    private var mapWidth: Int { columns.count * columnWidth }
    private static let longestColumn = 28
    private static let longestRow = 18

    private var size: Markup {
        let width = mapStart + mapWidth + 8
        return "width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\" class=\"map\""
    }

    // MARK: - Parts

    private var names: Markup {
        let shown = rows.withoutCommonExtension.map { $0.elided(to: Self.longestRow) }
        let width = (shown.map(\.count).max() ?? 0) * 7 + 12
        let texts = zip(rows, shown).enumerated().map { index, row in
            """
            <text x="\(width - 8)" y="\(baseline(index))" text-anchor="end">\(row.1)<title>\(row.0)</title></text>
            """ as Markup
        }
        return """
            <svg class="names" aria-hidden="true" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)">
            \(texts)
            </svg>
            """
    }

    private var map: Markup {
        [accuracyTexts, barTexts, columnNames, "<g class=\"cells\">", cells, "</g>"].joined()
    }

    private var accuracyTexts: Markup {
        guard !accuracies.isEmpty else { return .none }
        let texts = accuracies.enumerated().map { index, accuracy in
            label(
                Numbers.percent(accuracy),
                x: "\(accuracyWidth - 8)",
                y: Double(baseline(index)),
                anchor: "end",
                style: "muted"
            )
        }
        return heading("held-out", at: accuracyWidth - 8, anchor: "end") + texts.joined()
    }

    private var barTexts: Markup {
        guard !bars.isEmpty else { return .none }
        let finite = bars.filter { abs($0) < 1e300 }
        let (low, high) = (min(finite.min() ?? 0, 0), max(finite.max() ?? 0, 0))
        let length = high > low ? 72 / (high - low) : 0
        let zero = Double(accuracyWidth + 4) - low * length
        let pieces = bars.enumerated().map { index, value in
            let end = zero + min(max(value.isFinite ? value : 0, low), high) * length
            let (left, width) = (min(zero, end), abs(end - zero))
            return """
                <path class="\(value < 0 ? "n6" : "p6")" \
                d="M\(Numbers.coordinate(left)) \(top(index) + 3)h\(Numbers.coordinate(width))v\(rowHeight - 6)\
                h-\(Numbers.coordinate(width))z"/>\
                \(label(Numbers.signed(value), x: "\(mapStart - 10)", y: Double(baseline(index)), anchor: "end"))
                """ as Markup
        }
        let x = Numbers.coordinate(zero)
        return heading("effective", at: accuracyWidth + 4, anchor: "start")
            + line(x1: x, y1: "\(head - 2)", x2: x, y2: "\(height - 4)", style: "zero-line") + pieces.joined()
    }

    private var columnNames: Markup {
        columns.enumerated().map { index, name in
            let middle = left(index) + columnWidth / 2
            if isFlat { return heading(name, at: middle, anchor: "middle", style: "") }
            let x = middle + 4
            return """
                <text transform="translate(\(x) \(head - 6)) rotate(-90)">\(name.elided(to: Self.longestColumn))\
                <title>\(name)</title></text>
                """ as Markup
        }.joined()
    }

    private func heading(_ text: String, at x: Int, anchor: String, style: String = "muted") -> Markup {
        label(text, x: "\(x)", y: Double(head - 8), anchor: anchor, style: style)
    }

    // MARK: - Places

    func top(_ row: Int) -> Int { head + row * rowHeight }
    func left(_ column: Int) -> Int { mapStart + column * columnWidth }
    func baseline(_ row: Int) -> Int { top(row) + rowHeight / 2 + 4 }
}
