/// One quantity over the steps of a run: every step faint, smoothed in full, looks at the monitor as diamonds.
struct LineChart {
    var id: String
    var title: String
    var values: [Double]
    var curves: Curves
    /// Of the quantity at each of the curves' monitor points; none where empty.
    var monitor: [Double] = []
    /// Smoothing would only blur what has no noise.
    var isSmoothed = true
    /// Whether powers of ten may stand at equal distances.
    var mayBeLogarithmic = false
    /// Writes a value of the axis.
    var label: (Double, Int) -> String = { Numbers.fixed($0, $1) }
    /// Writes a value in the description.
    var number: (Double) -> String = Numbers.short

    static let height = 190
    static let top = 22
    static let bottom = 164
    /// More boundaries than this would hide the curve.
    static let mostBoundaries = 60

    var html: Markup {
        let starts = curves.coefficientBlocks.map(\.firstStep)
        let samples = Downsampled(values, starts: starts)
        let (x, y) = (Scale(steps: curves.steps.count, ticks: 4), vertical)
        let content = grid(x, y) + boundaries(x) + lines(samples, x, y) + monitorMarks(x, y)
        return """
            <div class="plot lines">
            <svg aria-hidden="true" width="52" height="\(Self.height)">\(verticalLabels(y))</svg>
            \(picture(
                id: id,
                title: title,
                description: description(samples),
                size: "width=\"100%\" height=\"\(Self.height)\"",
                content
            ))
            </div>
            """
    }

    private var vertical: Scale {
        let all = (values + monitor).filter(\.isFinite)
        if mayBeLogarithmic, let scale = Scale(logarithmic: all) { return scale }
        return Scale(containing: all, count: 4, label: label)
    }

    private func description(_ samples: Downsampled) -> String {
        let smooth = samples.buckets.compactMap { $0?.smooth }
        guard let first = smooth.first, let last = smooth.last, let least = smooth.min(),
            let greatest = smooth.max()
        else { return "No finite value." }
        var text = """
            From \(number(first)) to \(number(last)) over \(Numbers.count(values.count)) steps\
            \(isSmoothed ? ", smoothed" : ""); least \(number(least)), greatest \(number(greatest)).
            """
        if let first = monitor.first, let last = monitor.last {
            text += " On the monitor from \(number(first)) to \(number(last))."
        }
        return text
    }

    // MARK: - Axes

    private func grid(_ x: Scale, _ y: Scale) -> Markup {
        let across = y.ticks.compactMap { tick in
            y.share(tick.value).map { share in
                line(x1: "0", y1: place(share), x2: "100%", y2: place(share), style: "grid")
            }
        }
        let steps = x.ticks.enumerated().map { index, tick in
            let share = x.share(tick.value) ?? 0
            let anchor = share < 0.02 ? "start" : share > 0.94 ? "end" : "middle"
            let text = index == 0 ? "step \(tick.label)" : tick.label
            return Reports.label(text, x: percentage(share), y: 182, anchor: anchor, style: "muted")
        }
        return across.joined() + steps.joined()
    }

    private func verticalLabels(_ y: Scale) -> Markup {
        y.ticks.compactMap { tick in
            y.share(tick.value).map { share in
                Reports.label(
                    tick.label,
                    x: "44",
                    y: height(share) + 4,
                    anchor: "end",
                    style: "muted"
                )
            }
        }.joined()
    }

    private func boundaries(_ x: Scale) -> Markup {
        var result: [Markup] = []
        let blocks = curves.coefficientBlocks
        if blocks.count > 1, blocks.count <= Self.mostBoundaries {
            let ends = blocks.dropFirst().map(\.firstStep) + [curves.steps.count]
            for (block, end) in zip(blocks, ends) {
                let share = x.share(Double(block.firstStep)) ?? 0
                let at = percentage(share)
                result.append(
                    line(x1: at, y1: "\(Self.top - 14)", x2: at, y2: "\(Self.bottom)", style: "boundary")
                )
                // On a phone the picture is about 250 wide: a label needs to fit before the next.
                let text = block.label.elided(to: 16)
                guard ((x.share(Double(end)) ?? 1) - share) * 250 > Double(text.count * 7 + 6) else {
                    continue
                }
                result.append(shifted(Reports.label(text, x: "4", y: 16, style: "muted"), at))
            }
        }
        if let kept = curves.keptStep {
            let share = x.share(Double(kept)) ?? 0
            let at = percentage(share)
            let (text, anchor) = share > 0.85 ? ("-4", "end") : ("4", "start")
            result.append(line(x1: at, y1: "\(Self.top)", x2: at, y2: "\(Self.bottom)", style: "kept"))
            result.append(
                shifted(
                    Reports.label("kept", x: text, y: Double(Self.bottom - 6), anchor: anchor, style: "good"),
                    at
                )
            )
        }
        return result.joined()
    }

    private func shifted(_ content: Markup, _ x: String) -> Markup {
        "<svg x=\"\(x)\" y=\"0\" width=\"1\" height=\"1\" overflow=\"visible\">\(content)</svg>"
    }

    // MARK: - Curves

    /// Paths have no shares of a width: they are drawn 1000 × 1000 and stretched, the strokes not.
    private func lines(_ samples: Downsampled, _ x: Scale, _ y: Scale) -> Markup {
        let position = { (value: Double) in Int((1000 * (x.share(value) ?? 0)).rounded()) }
        let height = { (value: Double) in y.share(value).map { Int((1000 * (1 - $0)).rounded()) } }
        var (raw, smooth) = ("", "")
        var (rawIsOpen, smoothIsOpen) = (false, false)
        for bucket in samples.buckets {
            guard let bucket else {
                (rawIsOpen, smoothIsOpen) = (false, false)
                continue
            }
            let at = position(bucket.position)
            if let low = height(bucket.least), let high = height(bucket.greatest) {
                // From the least to the greatest and on: a bucket of one step is a point.
                raw += "\(rawIsOpen ? "L" : "M")\(at) \(low)" + (low == high ? "" : "V\(high)")
                rawIsOpen = true
            }
            if let middle = height(bucket.smooth) {
                smooth += "\(smoothIsOpen ? "L" : "M")\(at) \(middle)"
                smoothIsOpen = true
            }
        }
        let monitorLine = zip(curves.monitor, monitor).compactMap { point, value in
            height(value).map { "\(position(Double(point.step))) \($0)" }
        }.joined(separator: "L")
        return """
            <svg x="0" y="\(Self.top)" width="100%" height="\(Self.bottom - Self.top)" viewBox="0 0 1000 1000" \
            preserveAspectRatio="none" overflow="visible">\
            \(isSmoothed ? path("raw", raw) : .none)\(path("curve", smooth))\
            \(monitorLine.isEmpty ? .none : path("monitor", "M" + monitorLine))</svg>
            """
    }

    private func path(_ style: String, _ outline: String) -> Markup {
        "<path class=\"\(style)\" vector-effect=\"non-scaling-stroke\" d=\"\(outline)\"/>"
    }

    private func monitorMarks(_ x: Scale, _ y: Scale) -> Markup {
        // More would run into one another.
        let stride = max(monitor.count / 60, 1)
        return zip(curves.monitor, monitor).enumerated().compactMap { index, point in
            guard index % stride == 0, let share = y.share(point.1) else { return nil }
            let at = percentage(x.share(Double(point.0.step)) ?? 0)
            return """
                <svg x="\(at)" y="\(place(share))" width="1" height="1" overflow="visible">\
                <path class="diamond" d="M0-4.5L4.5 0L0 4.5L-4.5 0z"><title>monitor after \
                \(Numbers.count(point.0.step)) steps: \(number(point.1))</title></path></svg>
                """ as Markup
        }.joined()
    }

    private func height(_ share: Double) -> Double {
        Double(Self.bottom) - share * Double(Self.bottom - Self.top)
    }

    private func place(_ share: Double) -> String { Numbers.coordinate(height(share)) }
}
