/// A table with a caption, and headers that say what they are the headers of.
struct DataTable {
    struct Cell {
        var content: Markup
        /// Attributes for programs, with a space in front.
        var attributes: Markup = .none

        init(_ text: String) { content = "\(text)" }

        init(_ content: Markup, attributes: Markup = .none) {
            self.content = content
            self.attributes = attributes
        }
    }

    struct Row {
        var header: Markup
        var cells: [Cell]
        var style: String = ""
    }

    var caption: String
    /// The first is that of the rows' headers.
    var columns: [String]
    var rows: [Row]

    /// In a frame that scrolls sideways where the page is narrower than the table; the keyboard reaches it.
    var html: Markup {
        """
        <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
        <table>
        <caption><span>\(caption)</span></caption>
        <thead><tr>\(columns.map { "<th scope=\"col\">\($0)</th>" as Markup }.joined())</tr></thead>
        <tbody>
        \(rows.map(html(of:)))
        </tbody>
        </table>
        </div>
        """
    }

    private func html(of row: Row) -> Markup {
        let style: Markup = row.style.isEmpty ? .none : " class=\"\(row.style)\""
        let cells = row.cells.map { "<td\($0.attributes)>\($0.content)</td>" as Markup }.joined()
        return "<tr\(style)><th scope=\"row\">\(row.header)</th>\(cells)</tr>"
    }
}
