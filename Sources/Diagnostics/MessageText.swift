extension String {
    /// Itself with control characters and line breaks escaped: names read from files must not break a message's line.
    package var onOneLine: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    /// At most the first 100 characters, for showing in a message what a file holds.
    package var abridged: String { count > 100 ? prefix(100) + "…" : self }
}

extension [Int] {
    /// A shape as people write it: "192×768"; "scalar" without dimensions.
    package var shapeText: String {
        isEmpty ? "scalar" : map(String.init).joined(separator: "×")
    }
}
