import Diagnostics

/// A checkpoint that cannot be used: names file, tensor, what was expected and what was found.
package struct CheckpointError: InputError {
    package let file: String
    /// The tensor at fault; nil where it is the file as a whole.
    package let tensor: String?
    package let expected: String
    package let found: String

    package init(_ file: String, tensor: String? = nil, expected: String, found: String) {
        self.file = file
        self.tensor = tensor
        self.expected = expected
        self.found = found
    }

    package var description: String {
        let place = tensor.map { "\(file): tensor \"\($0)\"" } ?? file
        return "\(place): expected \(expected), found \(found)".onOneLine
    }
}

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
