import Foundation

/// An opaque colour of the sRGB space.
struct Colour: Equatable, Sendable {
    /// Red, green, blue, 0…255.
    let components: [UInt8]

    init(_ hex: UInt32) {
        components = [16, 8, 0].map { UInt8(truncatingIfNeeded: hex >> $0) }
    }

    /// The nearest colour of sRGB to one in OKLab (Björn Ottosson 2020), where equal steps look equal.
    init(lightness: Double, chroma: Double, hue: Double) {
        let (a, b) = (chroma * cos(hue * .pi / 180), chroma * sin(hue * .pi / 180))
        let long = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
        let medium = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
        let narrow = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
        components = [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * narrow,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * narrow,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * narrow,
        ].map { UInt8((255 * companded(min(max($0, 0), 1))).rounded()) }
    }

    var hex: String {
        "#" + components.map { String(format: "%02x", $0) }.joined()
    }

    /// Relative luminance, 0…1, as WCAG 2 defines it.
    var luminance: Double {
        zip([0.2126, 0.7152, 0.0722], components).reduce(0) { sum, part in
            let share = Double(part.1) / 255
            let linear = share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
            return sum + part.0 * linear
        }
    }

    /// How well one is seen on the other, 1…21, as WCAG 2 defines it.
    func contrast(with other: Colour) -> Double {
        (max(luminance, other.luminance) + 0.05) / (min(luminance, other.luminance) + 0.05)
    }

    /// Black or white, whichever is read better on this colour.
    var readable: Colour {
        let (black, white) = (Colour(0x000000), Colour(0xFFFFFF))
        return contrast(with: black) > contrast(with: white) ? black : white
    }
}

private func cube(_ value: Double) -> Double { value * value * value }

private func companded(_ linear: Double) -> Double {
    linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
}
