/// An array of numbers that a program has, or that it computes from such alone.
package struct ConstantArray: Sendable, Equatable {
    package enum Kind: Int, Sendable, Comparable {
        case boolean, integer, real

        package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }

        /// * `elementType`: PyTorch's number of it; nil for those that no array here is of
        init?(elementType: Int) {
            switch elementType {
            case 1...5: self = .integer
            case 6...8, 13: self = .real
            case 12: self = .boolean
            default: return nil
            }
        }
    }

    package let shape: [Int]
    /// Truths as 0 and 1, whole numbers as far as these hold them.
    package let elements: [Double]
    package let kind: Kind

    package init(shape: [Int], elements: [Double], kind: Kind) {
        self.shape = shape
        self.elements = elements
        self.kind = kind
    }

    /// Whether both are the same to the bit, NaN too.
    func isSame(as other: ConstantArray) -> Bool {
        shape == other.shape && kind == other.kind
            && zip(elements, other.elements).allSatisfy { $0.bitPattern == $1.bitPattern }
    }

    /// Out of stored elements; nil where these are of a type that is not read.
    ///
    /// * `bytes`: little-endian, in row-major order
    /// * `elementType`: PyTorch's number of it
    init?(_ bytes: ArraySlice<UInt8>, shape: [Int], elementType: Int) {
        guard let kind = Kind(elementType: elementType), let size = Self.byteCount(elementType: elementType)
        else { return nil }
        let elements = stride(from: bytes.startIndex, to: bytes.endIndex, by: size).map { place in
            Self.number(bytes[place..<place + size], elementType)
        }
        guard elements.count == shape.elementCount else { return nil }
        self.init(shape: shape, elements: elements, kind: kind)
    }

    /// Of an element; nil for types that are not read.
    static func byteCount(elementType: Int) -> Int? {
        [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 2, 7: 4, 8: 8, 12: 1, 13: 2][elementType]
    }

    /// * `bytes`: little-endian
    private static func number(_ bytes: ArraySlice<UInt8>, _ type: Int) -> Double {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return switch type {
        case 1, 12: Double(bits)
        case 2: Double(Int8(truncatingIfNeeded: bits))
        case 3: Double(Int16(truncatingIfNeeded: bits))
        case 4: Double(Int32(truncatingIfNeeded: bits))
        case 5: Double(Int64(bitPattern: bits))
        case 6: Double(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        case 7: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case 13: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits) << 16))
        default: Double(bitPattern: bits)
        }
    }

    /// The shape of arrays laid over each other; nil where they do not go together.
    static func commonShape(_ shapes: [[Int]]) -> [Int]? {
        shapes.reduce([Int]?([])) { common, shape in
            guard let common else { return nil }
            let rank = max(common.count, shape.count)
            let (a, b) = (padded(common, rank), padded(shape, rank))
            return zip(a, b).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
                ? zip(a, b).map { $0 == 1 ? $1 : $0 } : nil
        }
    }

    /// The elements repeated to a shape that this one goes together with.
    func broadcast(to target: [Int]) -> [Double] {
        Self.places(of: shape, in: target).map { elements[$0] }
    }

    /// By place of the larger shape, that in the array that is repeated.
    static func places(of shape: [Int], in target: [Int]) -> [Int] {
        let own = padded(shape, target.count)
        var strides = [Int](repeating: 0, count: target.count)
        var stride = 1
        for index in target.indices.reversed() {
            strides[index] = own[index] == 1 ? 0 : stride
            stride *= own[index]
        }
        return places(shape: target, strides: strides, start: 0)
    }

    /// Where the elements of an array with strides lie.
    static func places(shape: [Int], strides: [Int], start: Int) -> [Int] {
        zip(shape, strides).reduce([start]) { found, dimension in
            found.flatMap { place in (0..<dimension.0).map { place + $0 * dimension.1 } }
        }
    }

    private static func padded(_ shape: [Int], _ rank: Int) -> [Int] {
        [Int](repeating: 1, count: rank - shape.count) + shape
    }
}
