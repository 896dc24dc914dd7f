import Foundation
import Testing

@testable import Reports

struct ColourTests {
    private static let palettes = [("light", Palette.light), ("dark", Palette.dark)]

    /// The contrast of WCAG 2.2, written once more from its definition, with its published threshold 0.04045.
    private func contrast(_ first: Colour, _ second: Colour) -> Double {
        let luminances = [first, second].map { colour -> Double in
            let linear = colour.components.map { component -> Double in
                let share = Double(component) / 255
                return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        }.sorted()
        return (luminances[1] + 0.05) / (luminances[0] + 0.05)
    }

    @Test("contrast and OKLab agree with published values")
    func published() {
        #expect(contrast(Colour(0xFFFFFF), Colour(0x000000)) == 21)
        // The grey that just passes on white.
        #expect(abs(contrast(Colour(0xFFFFFF), Colour(0x767676)) - 4.54) < 0.005)
        #expect(Colour(0xFFFFFF).contrast(with: Colour(0x000000)) == 21)
        #expect(Colour(lightness: 1, chroma: 0, hue: 0).hex == "#ffffff")
        // sRGB's red, green and blue in OKLCh, as CSS Color 4 gives them.
        #expect(Colour(lightness: 0.62796, chroma: 0.25768, hue: 29.234).hex == "#ff0000")
        #expect(Colour(lightness: 0.86644, chroma: 0.29483, hue: 142.495).hex == "#00ff00")
        #expect(Colour(lightness: 0.45201, chroma: 0.31321, hue: 264.052).hex == "#0000ff")
    }

    @Test("all text can be read, by day and by night (WCAG AA: 4.5; the main text AAA: 7)")
    func text() {
        for (name, palette) in Self.palettes {
            for ground in [palette.surface, palette.panel] {
                #expect(contrast(palette.ink, ground) >= 7, "\(name)")
                let colours = [
                    palette.muted, palette.accent, palette.second, palette.good, palette.note,
                    palette.warning,
                ]
                for colour in colours { #expect(contrast(colour, ground) >= 4.5, "\(name) \(colour.hex)") }
            }
            for step in -DivergingColours.steps...DivergingColours.steps {
                let cell = palette.diverging.colour(step)
                #expect(contrast(cell, cell.readable) >= 4.5, "\(name) \(step)")
            }
            // Pictures: 3.
            #expect(contrast(palette.diverging.colour(8), palette.panel) >= 3, "\(name)")
            #expect(contrast(palette.diverging.colour(-8), palette.panel) >= 3, "\(name)")
        }
    }

    @Test("zero is grey; either side grows equally strong, and apart")
    func diverging() {
        for (name, palette) in Self.palettes {
            let zero = palette.diverging.colour(0)
            #expect(Set(zero.components).count == 1, "\(name)")
            var last = 0.0
            for step in 1...DivergingColours.steps {
                let (up, down) = (palette.diverging.colour(step), palette.diverging.colour(-step))
                let (above, below) = (contrast(up, zero), contrast(down, zero))
                #expect(above > last && below > last, "\(name) \(step)")
                #expect(abs(above / below - 1) < 0.2, "\(name) \(step)")
                // Blue against orange, which the common kinds of colour blindness leave apart.
                #expect(up.components[2] > up.components[0], "\(name) \(step)")
                #expect(down.components[0] > down.components[2], "\(name) \(step)")
                last = min(above, below)
            }
        }
    }

    @Test("values find their step: symmetric, clipped, zero for nothing")
    func steps() {
        for value in stride(from: 0.0, through: 3, by: 0.037) {
            let (up, down) = (DivergingColours.step(value, range: 2), DivergingColours.step(-value, range: 2))
            #expect(up == -down)
            #expect(up == min(Int((value * 4).rounded()), 8))
        }
        #expect(DivergingColours.step(.nan, range: 1) == 0)
        #expect(DivergingColours.step(.infinity, range: 1) == 8)
        #expect(DivergingColours.step(-.infinity, range: 1) == -8)
        #expect(DivergingColours.step(1, range: 0) == 0)
        #expect(DivergingColours.step(1e308, range: 1e-308) == 8)
    }

    @Test("the colours' range leaves out a few that are far beyond")
    func range() {
        let plain = (1...100).map(Double.init)
        #expect(HeatRange(plain).limit == 100)
        let spiked = HeatRange(plain + [5000])
        #expect(spiked.limit == 99)
        #expect(spiked.beyond == 2)
        #expect(spiked.greatest == 100)
        // Too few to tell what is common.
        #expect(HeatRange([0, 0, 0.1, 9]).limit == 9)
        #expect(HeatRange([]).limit == 0)
        #expect(HeatRange([.nan, .infinity, 2]).limit == 2)
        #expect(HeatRange([.nan, .infinity, 2]).beyond == 1)
    }
}
