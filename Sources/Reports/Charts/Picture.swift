/// An SVG picture that a screen reader announces by its title and description.
///
/// * `id`: of its own on the page
/// * `size`: the attributes that say how large it is
func picture(id: String, title: String, description: String, size: Markup, _ content: Markup) -> Markup {
    """
    <svg role="img" aria-labelledby="\(id)-title \(id)-description" \(size)>
    <title id="\(id)-title">\(title)</title><desc id="\(id)-description">\(description)</desc>
    \(content)
    </svg>
    """
}

/// A picture with what belongs to it: a caption above, remarks below, and the same numbers as tables that open.
struct Figure {
    var title: String
    var note: String = ""
    var picture: Markup
    var legend: Markup = .none
    var tables: [DataTable] = []

    var html: Markup {
        let note: Markup = note.isEmpty ? .none : "<p class=\"remark\">\(note)</p>"
        let numbers: Markup =
            tables.isEmpty
            ? .none
            : "<details><summary>The numbers of “\(title)”</summary>\n\(tables.map(\.html))\n</details>"
        return """
            <figure>
            <figcaption><h3>\(title)</h3>\(note)</figcaption>
            \(picture)
            \(legend)
            \(numbers)
            </figure>
            """
    }
}

/// Text at a place of a picture; `x` is a length or a share, as "12" or "40%".
func label(_ text: String, x: String, y: Double, anchor: String = "start", style: String = "") -> Markup {
    let styled: Markup = style.isEmpty ? .none : " class=\"\(style)\""
    let anchored: Markup = anchor == "start" ? .none : " text-anchor=\"\(anchor)\""
    return "<text x=\"\(x)\" y=\"\(y)\"\(anchored)\(styled)>\(text)</text>"
}

/// A straight line; the places are lengths or shares.
func line(x1: String, y1: String, x2: String, y2: String, style: String) -> Markup {
    "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" class=\"\(style)\"/>"
}

/// What a mark of a picture means; `shape` is drawn 30 × 12.
func legendEntry(_ shape: Markup, _ text: String) -> Markup {
    "<span><svg class=\"key\" aria-hidden=\"true\" width=\"30\" height=\"12\">\(shape)</svg> \(text)</span>"
}
