/// Reads the small part of JSON that a safetensors header is written in.
///
/// Objects, strings, lists of whole numbers and nothing else, so depth is bounded by the caller, and a name that
/// occurs twice is an error instead of a silent choice.
struct HeaderText {
    private let bytes: UnsafeRawBufferPointer
    private let path: String
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Reads an object; `member` reads the value that belongs to a name.
    mutating func object(
        _ member: (_ name: String, _ text: inout HeaderText) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        try expect("{")
        if accept("}") { return }
        var names: Set<String> = []
        repeat {
            let name = try string()
            guard names.insert(name).inserted else {
                throw failure("each name once", "\"\(name.abridged)\" twice")
            }
            try expect(":")
            try member(name, &self)
        } while accept(",")
        try expect("}")
    }

    mutating func wholeNumbers() throws(CheckpointError) -> [Int] {
        try expect("[")
        if accept("]") { return [] }
        var numbers: [Int] = []
        repeat {
            numbers.append(try wholeNumber())
        } while accept(",")
        try expect("]")
        return numbers
    }

    mutating func string() throws(CheckpointError) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string in UTF-8", "bytes that are not")
                }
                return string
            case UInt8(ascii: "\\"): text += String(try escapedCharacter()).utf8
            case 0..<32: throw failure("a string without control characters", "byte \(byte)")
            default: text.append(byte)
            }
        }
        throw failure("the end of a string", "the end of the header")
    }

    /// Throws where anything but padding is left.
    mutating func expectEnd() throws(CheckpointError) {
        skipSpaces()
        guard position == bytes.count else { throw failure("the end of the header", found) }
    }

    func failure(_ expected: String, _ found: String) -> CheckpointError {
        CheckpointError(path, expected: "\(expected) at byte \(8 + position)", found: found)
    }

    private mutating func wholeNumber() throws(CheckpointError) -> Int {
        skipSpaces()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, alsoTooLarge) = product.addingReportingOverflow(digit)
            guard !tooLarge, !alsoTooLarge else { throw failure("a number below 2⁶³", "a larger one") }
            value = sum
            position += 1
        }
        guard position > start else { throw failure("a whole number", found) }
        return value
    }

    private mutating func escapedCharacter() throws(CheckpointError) -> Unicode.Scalar {
        guard position < bytes.count else { throw failure("an escaped character", found) }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw failure("an escaped character", "\\\(Unicode.Scalar(byte))")
        }
        var code = try fourHexDigits()
        if (0xD800..<0xDC00).contains(code), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let low = try fourHexDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw failure("a surrogate pair", "half of one") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("a surrogate pair", "half of one") }
        return scalar
    }

    private mutating func fourHexDigits() throws(CheckpointError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count,
                let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
            else { throw failure("four hexadecimal digits", found) }
            code = code << 4 + UInt32(digit)
            position += 1
        }
        return code
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(CheckpointError) {
        guard accept(character) else { throw failure("'\(character)'", found) }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
    }

    private var found: String {
        guard position < bytes.count else { return "the end of the header" }
        let byte = bytes[position]
        return byte < 128 ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    }
}
