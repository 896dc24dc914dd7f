/// What the colours, dashes and arrows of a heat map mean.
struct HeatLegend {
    let map: HeatMap

    var html: Markup {
        let range = map.range
        var sentences = map.showsValues ? [] : ["A dash marks what is below zero."]
        if range.beyond > 0, let greatest = range.greatest {
            let place =
                "\(map.rows[greatest / map.columns.count]), \(map.columns[greatest % map.columns.count])"
            sentences.append(
                """
                Colours end at ±\(Numbers.short(range.limit, digits: 3)): an arrow marks what lies beyond \
                (\(Numbers.count(range.beyond)) of \(Numbers.count(map.values.count)); the greatest is \
                \(Numbers.signed(map.values[greatest], digits: map.digits)), \(place)).
                """
            )
        }
        return """
            <div class="legend">\(scale(range))<p class="remark">\(sentences.joined(separator: " "))</p></div>
            """
    }

    private func scale(_ range: HeatRange) -> Markup {
        let (width, steps) = (15, DivergingColours.steps)
        let swatches = (-steps...steps).map { step in
            let x = (step + steps) * width
            let name = DivergingColours.name(step)
            let dash: Markup =
                step < 0 && !map.showsValues ? "<path class=\"mark on-\(name)\" d=\"M\(x + 4) 7h5\"/>" : .none
            return "<path class=\"\(name)\" d=\"M\(x) 0h\(width - 1)v14h-\(width - 1)z\"/>\(dash)" as Markup
        }
        let total = (2 * steps + 1) * width
        let limit = Numbers.short(range.limit, digits: 3)
        return """
            <svg class="scale" aria-hidden="true" width="\(total)" height="32" viewBox="0 0 \(total) 32">
            \(swatches.joined())\(label("−" + limit, x: "0", y: 28))\
            \(label("0", x: "\(total / 2)", y: 28, anchor: "middle"))\
            \(label("+" + limit, x: "\(total)", y: 28, anchor: "end"))
            </svg>
            """
    }
}
