/// A pattern of tensor names, as people write them on the command line.
///
/// `*` stands for any text without a dot, `?` for one character that is no dot, `**` for any text at all; everything
/// else for itself. So `blocks.*.attn.**` are all tensors of every attention.
package struct NamePattern: Sendable, Equatable, Codable, CustomStringConvertible {
    private enum Piece: Equatable {
        case byte(UInt8)
        case character
        case part
        case anything
    }

    /// As it was written.
    package let description: String

    package init(_ text: String) {
        description = text
    }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    private var pieces: [Piece] {
        var pieces: [Piece] = []
        for byte in description.utf8 {
            switch byte {
            case UInt8(ascii: "?"): pieces.append(.character)
            case UInt8(ascii: "*") where pieces.last == .part: pieces[pieces.count - 1] = .anything
            case UInt8(ascii: "*") where pieces.last == .anything: break
            case UInt8(ascii: "*"): pieces.append(.part)
            default: pieces.append(.byte(byte))
            }
        }
        return pieces
    }

    package func matches(_ name: String) -> Bool { captures(name) != nil }

    /// What the pattern's `*` stand for in a name, each as short as possible; nil where the name does not match.
    package func captures(_ name: String) -> [String]? {
        let (pieces, name) = (pieces, Array(name.utf8))
        // Places from which the rest of the pattern does not match the rest of the name: without them a pattern of
        // many stars would take for ever.
        var hopeless: Set<Int> = []
        var captures: [String] = []
        func match(_ piece: Int, _ place: Int) -> Bool {
            guard piece < pieces.count else { return place == name.count }
            let key = piece * (name.count + 1) + place
            guard !hopeless.contains(key) else { return false }
            let found: Bool
            switch pieces[piece] {
            case .byte(let byte):
                found = place < name.count && name[place] == byte && match(piece + 1, place + 1)
            case .character:
                found = place < name.count && name[place] != dot && match(piece + 1, place + 1)
            case .part, .anything:
                let isPart = pieces[piece] == .part
                var end = place
                while !match(piece + 1, end) {
                    guard end < name.count, !(isPart && name[end] == dot) else {
                        hopeless.insert(key)
                        return false
                    }
                    end += 1
                }
                // The stars further on have been noted already: they go from the last to the first.
                if isPart { captures.append(String(decoding: name[place..<end], as: UTF8.self)) }
                found = true
            }
            if !found { hopeless.insert(key) }
            return found
        }
        return match(0, 0) ? captures.reversed() : nil
    }

    /// The pattern with each `*` replaced by what it stands for in a name: what all names of one kind have in common.
    ///
    /// Nil where the name does not match.
    package func specialised(to name: String) -> String? {
        guard let captures = captures(name) else { return nil }
        var rest = captures[...]
        var text: [UInt8] = []
        let bytes = Array(description.utf8)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == star else {
                text.append(bytes[index])
                index += 1
                continue
            }
            let end = bytes[index...].firstIndex { $0 != star } ?? bytes.count
            text += end - index == 1 ? Array((rest.popFirst() ?? "").utf8) : [star, star]
            index = end
        }
        return String(decoding: text, as: UTF8.self)
    }
}

private let dot = UInt8(ascii: ".")
private let star = UInt8(ascii: "*")
