/// The page's style sheet.
///
/// Colours are custom properties, one set for each scheme; paper gets the light one.
enum Style {
    static let sheet = Markup(
        styleSheet: """
            :root { color-scheme: light dark; \(Palette.light.properties) }
            @media (prefers-color-scheme: dark) { :root { \(Palette.dark.properties) } }
            @media print { :root { color-scheme: light; \(Palette.light.properties) } }
            \(page)
            \(tables)
            \(pictures)
            \(cells)
            \(narrow)
            \(paper)
            """
    )

    private static let page = """
        *, *::before, *::after { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
        body { margin: 0 auto; max-width: 1180px; padding: 32px 24px 64px; background: var(--surface);
          color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -0.01em; }
        h2 { font-size: 23px; line-height: 1.25; margin: 56px 0 8px; padding-top: 20px; border-top: 1px solid var(--line); }
        h3 { font-size: 17px; line-height: 1.3; margin: 0; }
        h4 { font-size: 14px; margin: 0 0 4px; }
        .lede { margin: 0 0 4px; color: var(--muted); max-width: 75ch; }
        .remark, .hint, .keys { margin: 4px 0 0; font-size: 14px; color: var(--muted); max-width: 80ch; }
        a { color: var(--note); }
        .skip { position: absolute; left: -9999px; }
        .skip:focus { position: static; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        main:focus { outline: none; }
        nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 16px 0 0; padding: 0; }
        nav a { display: inline-block; padding: 4px 0; }
        .findings { list-style: none; margin: 24px 0 0; padding: 0; display: grid; gap: 8px; }
        .finding { background: var(--panel); border: 1px solid var(--line); border-left: 5px solid var(--note);
          border-radius: 6px; padding: 10px 14px; }
        .finding strong { margin-right: 6px; color: var(--note); }
        .finding.good { border-left-color: var(--good); } .finding.good strong { color: var(--good); }
        .finding.warning { border-left-color: var(--warning); } .finding.warning strong { color: var(--warning); }
        .finding .mark { display: inline-block; min-width: 1.35em; text-align: center; border: 1.5px solid;
          border-radius: 50%; line-height: 1.25em; font-size: 0.85em; margin-right: 4px; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 0 28px;
          margin: 12px 0 0; font-size: 14px; }
        .facts div { display: flex; justify-content: space-between; gap: 14px; padding: 5px 0;
          border-bottom: 1px solid var(--line); }
        dt { color: var(--muted); } dd { margin: 0; text-align: right; }
        figure { margin: 20px 0 0; padding: 16px 18px; background: var(--panel); border: 1px solid var(--line);
          border-radius: 8px; min-width: 0; }
        figcaption { margin-bottom: 12px; }
        details { margin-top: 10px; font-size: 14px; }
        summary { cursor: pointer; color: var(--note); padding: 4px 0; width: fit-content; }
        section > .scroll, section > h3 { margin-top: 20px; }
        """

    private static let tables = """
        .scroll { overflow-x: auto; max-width: 100%; }
        section > .scroll { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.35; }
        section > .scroll table { font-size: 15px; }
        caption { text-align: left; padding: 10px 12px 8px; color: var(--muted); font-size: 14px; }
        caption span { position: sticky; left: 12px; display: inline-block; max-width: min(80ch, calc(100vw - 64px)); }
        th, td { padding: 7px 12px; text-align: right; vertical-align: top; white-space: nowrap;
          border-top: 1px solid var(--line); }
        thead th { vertical-align: bottom; font-size: 13px; font-weight: 600; color: var(--muted); white-space: normal;
          overflow-wrap: normal; }
        th:first-child { text-align: left; position: sticky; left: 0; background: var(--panel); }
        tbody th { font-weight: 600; }
        td small, th small { display: block; color: var(--muted); font-size: 12.5px; font-weight: 400; }
        th small { white-space: normal; }
        tr.best td > span:first-child { font-weight: 700; }
        .best { color: var(--good); } tr.best { color: inherit; }
        .muted { color: var(--muted); }
        """

    private static let pictures = """
        svg { display: block; overflow: visible; }
        svg text { font-size: 12px; fill: var(--ink); }
        svg text.muted { fill: var(--muted); } svg text.strong { font-size: 14px; font-weight: 600; }
        svg text.second { fill: var(--second); } svg text.accent { fill: var(--accent); font-weight: 600; }
        svg text.best, svg text.good { fill: var(--good); font-weight: 600; }
        .plot { display: grid; align-items: start; }
        .plot > svg { min-width: 0; }
        .dots { grid-template-columns: 96px minmax(0, 1fr) 58px; gap: 18px; }
        .lines { grid-template-columns: 52px minmax(0, 1fr); padding-right: 10px; }
        .bars { grid-template-columns: 144px minmax(0, 1fr); gap: 10px; }
        .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 20px; }
        .grid, .row { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
        .row { stroke-dasharray: 1 3; }
        .reference { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 4; }
        .whisker { stroke-width: 2; }
        line.accent { stroke: var(--accent); } line.second { stroke: var(--second); }
        .dot { stroke-width: 2; }
        .dot.accent { fill: var(--accent); stroke: var(--accent); } .dot.second { fill: var(--panel); stroke: var(--second); }
        .bar { fill: var(--accent); }
        .raw, .curve, .monitor { fill: none; stroke-linejoin: round; }
        .raw { stroke: var(--accent); stroke-width: 1; opacity: 0.38; }
        .curve { stroke: var(--accent); stroke-width: 2; }
        .monitor { stroke: var(--second); stroke-width: 1.5; }
        .diamond { fill: var(--panel); stroke: var(--second); stroke-width: 2; }
        .boundary { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 3 3; }
        .kept { stroke: var(--good); stroke-width: 2; }
        .keys { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 10px; }
        .keys span { display: inline-flex; align-items: center; gap: 7px; }
        .heat { display: flex; }
        .heat svg { flex: none; }
        .heat .names { position: sticky; left: 0; background: var(--panel); }
        .hint { display: none; margin: 0 0 8px; }
        .zero-line { stroke: var(--muted); stroke-width: 1; shape-rendering: crispEdges; }
        .mark { fill: none; stroke-width: 1.5; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: center; margin-top: 12px; }
        .legend .remark { flex: 1 1 300px; margin: 0; }
        .nan { fill: none; stroke: var(--muted); }
        """

    /// Both sides of zero, and what is written on them.
    private static var cells: String {
        (-DivergingColours.steps...DivergingColours.steps).map { step in
            let name = DivergingColours.name(step)
            return
                ".\(name) { fill: var(--\(name)); } .strip-\(name) { fill: none; stroke: var(--\(name)); } svg text.on-\(name) { fill: var(--on-\(name)); } "
                + ".mark.on-\(name) { stroke: var(--on-\(name)); }"
        }.joined(separator: "\n")
    }

    private static let narrow = """
        @media (max-width: 560px) {
          body { padding: 20px 14px 48px; }
          h1 { font-size: 24px; } h2 { font-size: 20px; margin-top: 40px; }
          figure { padding: 14px 12px; }
          .hint { display: block; }
          .dots { grid-template-columns: 78px minmax(0, 1fr) 50px; gap: 10px; }
          .bars { grid-template-columns: 134px minmax(0, 1fr); gap: 8px; }
        }
        """

    private static let paper = """
        @media print {
          body { max-width: none; padding: 0; font-size: 11pt; background: none; }
          nav, details, .skip, .hint { display: none; }
          figure { break-inside: avoid; } h2, h3, h2 + .lede, figcaption { break-after: avoid; }
          section > .scroll { break-inside: avoid; }
          .panels { grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); }
          tr { break-inside: avoid; }
          .scroll { overflow: visible; }
          .heat svg { flex: 0 1 auto; min-width: 0; height: auto; }
          section > .scroll table { font-size: 8.5pt; } th, td { padding: 4px 6px; }
          svg, .finding { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }
        """
}
