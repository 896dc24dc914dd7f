/// In which order a library numbers folders of classes.
package enum FolderOrder: Sendable {
    /// Of the bytes of their names, as torchvision's ImageFolder and Hugging Face's imagefolder sort them.
    case bytes
    /// Runs of digits as numbers, letters without their case, as timm's reader sorts them: 2 before 10, a before B.
    ///
    /// Source: timm, `natural_key` in utils/misc.py.
    case natural

    func precedes(_ left: String, _ right: String) -> Bool {
        switch self {
        case .bytes: left.utf8.lexicographicallyPrecedes(right.utf8)
        case .natural: Self.naturallyPrecedes(left, right)
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .bytes: "by the bytes of their names, as torchvision's ImageFolder and Hugging Face number them"
        case .natural: "naturally, as timm numbers them"
        }
    }

    private static func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
        let (own, other) = (pieces(left), pieces(right))
        for (index, (a, b)) in zip(own, other).enumerated() where a != b {
            if !index.isMultiple(of: 2), a.count != b.count { return a.count < b.count }
            return a.lexicographicallyPrecedes(b)
        }
        // timm leaves the order of "1" and "01" to chance.
        return own.count != other.count
            ? own.count < other.count : left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Text and numbers by turns, a text (perhaps an empty one) at either end; numbers without zeros in front.
    private static func pieces(_ name: String) -> [[UInt8]] {
        var pieces: [[UInt8]] = [[]]
        var isNumber = false
        for byte in name.lowercased().utf8 {
            let isDigit = (48...57).contains(byte)
            if isDigit != isNumber { pieces.append([]) }
            isNumber = isDigit
            if isDigit, byte == 48, pieces[pieces.count - 1].isEmpty { continue }
            pieces[pieces.count - 1].append(byte)
        }
        return isNumber ? pieces + [[]] : pieces
    }
}
