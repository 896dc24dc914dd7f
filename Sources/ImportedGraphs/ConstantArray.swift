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
