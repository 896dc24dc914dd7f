/// A piece of the page that is markup already, so that nobody escapes it twice or forgets to.
///
/// A literal stands as it is; text put into it is escaped, numbers are written as Swift writes them and read back,
/// and only other markup goes in unchanged: `let cell: Markup = "<td>\(name)</td>"`.
struct Markup: Equatable, Sendable, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
    fileprivate init(all pieces: some Sequence<Markup>) { text = pieces.lazy.map(\.text).joined() }

    /// A style sheet as it stands.
    init(styleSheet: String) { text = styleSheet }

    static let none: Markup = ""

    var isEmpty: Bool { text.isEmpty }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += escaped(value) }
        mutating func appendInterpolation(_ value: Markup) { text += value.text }
        mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        mutating func appendInterpolation(_ value: Double) { text += "\(value)" }
        mutating func appendInterpolation(_ values: [Markup]) {
            text += values.lazy.map(\.text).joined(separator: "\n")
        }
    }

    static func + (left: Markup, right: Markup) -> Markup { [left, right].joined() }
}

extension Sequence<Markup> {
    /// All of them, nothing between.
    func joined() -> Markup { Markup(all: self) }
}

/// `value` with everything that means something in HTML or XML, in text or in an attribute, made harmless.
private func escaped(_ value: String) -> String {
    // Most are: outlines of pictures are long, and need nothing.
    if value.utf8.allSatisfy({ 0x20 <= $0 && $0 < 0x7F && !#"&<>"'"#.utf8.contains($0) }) { return value }
    var result = ""
    result.reserveCapacity(value.utf8.count)
    for scalar in value.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case "\n", "\t", "\r": result += " "
        default:
            if isPlain(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "\u{FFFD}"
            }
        }
    }
    return result
}

/// Whether XML allows the character and the text around it keeps its direction.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: false
    // Marks that turn the direction of writing, beyond the name that they stand in.
    case 0x202A...0x202E, 0x2066...0x2069: false
    default: scalar.value & 0xFFFE != 0xFFFE
    }
}
