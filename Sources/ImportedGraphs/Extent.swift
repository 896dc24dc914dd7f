/// The size of one dimension: a number, or a multiple of the batch.
package struct Extent: Sendable, Equatable, CustomStringConvertible {
    /// What the batch is multiplied by, or the size itself.
    package let factor: Int
    package let hasBatch: Bool

    package init(_ factor: Int, hasBatch: Bool = false) {
        self.factor = factor
        self.hasBatch = hasBatch
    }

    package var description: String { hasBatch ? factor == 1 ? "B" : "\(factor)·B" : "\(factor)" }

    /// Reads what SymPy's `srepr` writes: `Symbol('s0', …)`, `Integer(4)` and products of these.
    ///
    /// * returns nil for anything else, and for a product with two symbols
    init?(expression: String) {
        var reader = ExpressionReader(text: Array(expression.utf8))
        guard let extent = reader.extent(depth: 0), reader.isAtEnd else { return nil }
        self = extent
    }
}

/// Goes through an expression from left to right.
private struct ExpressionReader {
    let text: [UInt8]
    var place = 0

    private static let deepest = 16

    var isAtEnd: Bool { place == text.count }

    mutating func extent(depth: Int) -> Extent? {
        guard depth < Self.deepest else { return nil }
        switch word() {
        case "Symbol":
            guard take("("), take("'") else { return nil }
            while place < text.count, text[place] != UInt8(ascii: "'") { place += 1 }
            while place < text.count, text[place] != UInt8(ascii: ")") { place += 1 }
            return take(")") ? Extent(1, hasBatch: true) : nil
        case "Integer":
            guard take("("), let value = Int(word()), value >= 0, take(")") else { return nil }
            return Extent(value)
        case "Mul":
            guard take("(") else { return nil }
            var product = Extent(1)
            repeat {
                guard let next = extent(depth: depth + 1), !(product.hasBatch && next.hasBatch) else {
                    return nil
                }
                let (factor, overflow) = product.factor.multipliedReportingOverflow(by: next.factor)
                guard !overflow else { return nil }
                product = Extent(factor, hasBatch: product.hasBatch || next.hasBatch)
            } while take(",")
            return take(")") ? product : nil
        default: return nil
        }
    }

    /// Letters and digits from here on.
    private mutating func word() -> String {
        while place < text.count, text[place] == UInt8(ascii: " ") { place += 1 }
        let start = place
        while place < text.count, text[place].isWordCharacter { place += 1 }
        return String(decoding: text[start..<place], as: UTF8.self)
    }

    private mutating func take(_ character: Character) -> Bool {
        while place < text.count, text[place] == UInt8(ascii: " ") { place += 1 }
        guard place < text.count, text[place] == character.asciiValue else { return false }
        place += 1
        return true
    }
}

extension UInt8 {
    fileprivate var isWordCharacter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
