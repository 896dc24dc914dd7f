/// The colours of one scheme, light or dark.
struct Palette: Sendable {
    let surface: Colour
    /// Behind pictures and tables.
    let panel: Colour
    let ink: Colour
    let muted: Colour
    /// Hairlines and grids.
    let line: Colour
    /// What the eye should find: test accuracy, the learned curve.
    let accent: Colour
    /// What stands beside it: held-out accuracy, the monitor.
    let second: Colour
    let good: Colour
    let note: Colour
    let warning: Colour
    let diverging: DivergingColours

    static let light = Palette(
        surface: Colour(0xF7F7F5),
        panel: Colour(0xFFFFFF),
        ink: Colour(0x1D2127),
        muted: Colour(0x5A626D),
        line: Colour(0xDDDFE2),
        accent: Colour(0x1F5FA8),
        second: Colour(0xA8501C),
        good: Colour(0x1E6E3E),
        note: Colour(0x1F5FA8),
        warning: Colour(0x9A3B0C),
        diverging: DivergingColours(neutral: 0.955, extreme: 0.42)
    )

    static let dark = Palette(
        surface: Colour(0x14171B),
        panel: Colour(0x1C2025),
        ink: Colour(0xE8EAED),
        muted: Colour(0xA3ABB6),
        line: Colour(0x363C45),
        accent: Colour(0x7FB2EE),
        second: Colour(0xE59A66),
        good: Colour(0x77CB95),
        note: Colour(0x7FB2EE),
        warning: Colour(0xF0A078),
        diverging: DivergingColours(neutral: 0.30, extreme: 0.80)
    )

    /// The custom properties that the style sheet uses.
    var properties: String {
        let named = [
            ("surface", surface), ("panel", panel), ("ink", ink), ("muted", muted), ("line", line),
            ("accent", accent), ("second", second), ("good", good), ("note", note), ("warning", warning),
        ]
        return named.map { "--\($0): \($1.hex);" }.joined(separator: " ") + " " + diverging.properties
    }
}

/// Colours around zero: a grey for nothing, blue for more, orange for less, equally strong on either side.
struct DivergingColours: Sendable {
    /// Colours on each side of zero.
    static let steps = 8

    /// Lightness (OKLab) of zero and of the ends.
    let neutral: Double
    let extreme: Double

    /// The colour of a step −steps…steps; beyond, that of the end.
    func colour(_ step: Int) -> Colour {
        let share = min(Double(abs(step)) / Double(Self.steps), 1)
        return Colour(
            lightness: neutral + (extreme - neutral) * share,
            // No grey edge around zero: small values already have a hue.
            chroma: step == 0 ? 0 : 0.015 + 0.105 * share,
            hue: step < 0 ? 50 : 255
        )
    }

    /// The step that shows `value` where ±`range` are the ends.
    ///
    /// Zero has a colour of its own, a sixteenth of the range wide on either side with eight steps.
    static func step(_ value: Double, range: Double) -> Int {
        guard value.isFinite, range > 0 else {
            return value == .infinity ? steps : value == -.infinity ? -steps : 0
        }
        let scaled = (value / range * Double(steps)).rounded()
        return Int(min(max(scaled, -Double(steps)), Double(steps)))
    }

    /// "n" and "p" tell the sides apart in the names of classes and properties.
    static func name(_ step: Int) -> String {
        step == 0 ? "zero" : step < 0 ? "n\(-step)" : "p\(step)"
    }

    var properties: String {
        (-Self.steps...Self.steps).map { step in
            let name = Self.name(step)
            return "--\(name): \(colour(step).hex); --on-\(name): \(colour(step).readable.hex);"
        }.joined(separator: " ")
    }
}
