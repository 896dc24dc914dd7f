import Checkpoints

/// Reads an array in NumPy's .npy form.
///
/// The format: "\x93NUMPY", version, header length (16 bits in version 1, 32 later), the header as a Python dictionary of
/// descr, fortran_order and shape, the numbers. Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
enum NumPyArray {
    /// Headers of plain arrays are 118 bytes; longer ones describe records.
    private static let longestHeader = 1 << 16

    static func read(_ source: ArraySource) throws -> StoredArray {
        var source = source
        let start = try source.header(8)
        guard start[..<6].elementsEqual([0x93] + "NUMPY".utf8), (1...3).contains(start[6]) else {
            throw DatasetError(
                source.path,
                expected: "a .npy array of version 1 to 3",
                found: "something else"
            )
        }
        let length = try source.header(start[6] == 1 ? 2 : 4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= longestHeader else {
            throw DatasetError(
                source.path,
                expected: "a header of at most \(longestHeader) bytes",
                found: "one of \(length)"
            )
        }
        var header = NumPyHeader(try source.header(length), path: source.path)
        let (number, shape) = try header.read()
        guard let count = shape.product, let bytes = [count, number.byteCount].product else {
            throw DatasetError(source.path, expected: "fewer than 2⁶³ bytes", found: shape.shapeText.abridged)
        }
        return StoredArray(number: number, shape: shape, storage: try source.array(bytes))
    }
}

/// The dictionary in a .npy header: a Python literal of which only the three plain entries are understood.
struct NumPyHeader {
    private let text: [UInt8]
    private let path: String
    private var position = 0

    init(_ text: [UInt8], path: String) {
        self.text = text
        self.path = path
    }

    /// Element type and shape.
    mutating func read() throws(DatasetError) -> (number: StoredArray.Number, shape: [Int]) {
        var number: StoredArray.Number?
        var shape: [Int]?
        var isFortran: Bool?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where number == nil: number = try self.number()
            case "fortran_order" where isFortran == nil: isFortran = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw failure("descr, fortran_order and shape once each", "'\(key.abridged)'")
            }
            guard accept(",") else {
                try expect("}")
                break
            }
        }
        skipSpaces()
        guard position == text.count, let number, let shape, let isFortran else {
            throw failure("descr, fortran_order and shape", "something else")
        }
        guard !isFortran else { throw failure("fortran_order False (row-major)", "True") }
        return (number, shape)
    }

    private mutating func number() throws(DatasetError) -> StoredArray.Number {
        let names: [String: StoredArray.Number] = [
            "|i1": .int8, "<i2": .int16, "<i4": .int32, "<i8": .int64,
            "|u1": .uint8, "<u2": .uint16, "<u4": .uint32, "<u8": .uint64, "<f4": .float32,
        ]
        let name = try string()
        guard let number = names[name] else {
            throw failure(
                "an element type of \(names.keys.sorted().joined(separator: ", "))",
                "'\(name.abridged)'"
            )
        }
        return number
    }

    private mutating func boolean() throws(DatasetError) -> Bool {
        skipSpaces()
        for (word, value) in [("True", true), ("False", false)]
        where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw failure("True or False", "something else")
    }

    private mutating func tuple() throws(DatasetError) -> [Int] {
        try expect("(")
        var numbers: [Int] = []
        while !accept(")") {
            skipSpaces()
            let digits = text[position...].prefix { (48...57).contains($0) }
            guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
                throw failure("a dimension below 2⁶³", "something else")
            }
            position += digits.count
            numbers.append(number)
            guard accept(",") else {
                try expect(")")
                break
            }
        }
        return numbers
    }

    private mutating func string() throws(DatasetError) -> String {
        skipSpaces()
        guard position < text.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(text[position]),
            let end = text[(position + 1)...].firstIndex(of: text[position])
        else { throw failure("a string", "something else") }
        defer { position = end + 1 }
        return String(decoding: text[position + 1..<end], as: UTF8.self)
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(DatasetError) {
        guard accept(character) else { throw failure("'\(character)'", "something else") }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpaces() {
        while position < text.count, [32, 9, 10, 13].contains(text[position]) { position += 1 }
    }

    private func failure(_ expected: String, _ found: String) -> DatasetError {
        DatasetError(path, part: "header", expected: "\(expected) at its byte \(position)", found: found)
    }
}
