import Tensors

/// One tensor of a checkpoint and where its numbers lie.
package struct StoredTensor: Sendable, Equatable, Codable {
    package let name: String
    package let type: StoredType
    package let shape: [Int]
    /// Which of the checkpoint's files holds it.
    package let file: Int
    /// Where its first number lies, in bytes from the beginning of that file.
    package let offset: Int
    /// Elements from one index to the next, for each dimension; nil where the numbers lie in row-major order.
    package let strides: [Int]?
    package let count: Int

    /// A tensor of numbers in row-major order unless `strides` say otherwise; nil for 2⁶³ bytes or more.
    package init?(
        name: String,
        type: StoredType,
        shape: [Int],
        file: Int = 0,
        offset: Int,
        strides: [Int]? = nil
    ) {
        guard shape.allSatisfy({ $0 >= 0 }), let count = shape.product, offset >= 0,
            let bytes = [count, type.byteCount].product, bytes <= Int.max - offset
        else { return nil }
        self.name = name
        self.type = type
        self.shape = shape
        self.file = file
        self.offset = offset
        self.strides = strides.flatMap { Self.isRowMajor(shape, $0) ? nil : $0 }
        self.count = count
    }

    /// Bytes of its numbers when they lie in row-major order.
    package var byteCount: Int { count * type.byteCount }

    /// The same tensor under another name.
    func renamed(_ name: String) -> StoredTensor {
        StoredTensor(self, name: name, file: file)
    }

    /// The same tensor in another of the checkpoint's files.
    func moved(to file: Int) -> StoredTensor {
        StoredTensor(self, name: name, file: file)
    }

    private init(_ other: StoredTensor, name: String, file: Int) {
        self.name = name
        self.file = file
        type = other.type
        shape = other.shape
        offset = other.offset
        strides = other.strides
        count = other.count
    }

    /// Bytes from its first number to the end of its last; nil where they are 2⁶³ or more.
    var extent: Int? {
        guard let strides else { return byteCount }
        guard strides.count == shape.count else { return nil }
        guard count > 0 else { return 0 }
        var last = 0
        for (size, stride) in zip(shape, strides) {
            let (step, isLong) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, isLonger) = last.addingReportingOverflow(step)
            guard stride >= 0, !isLong, !isLonger else { return nil }
            last = sum
        }
        guard last < Int.max, let bytes = [last + 1, type.byteCount].product else { return nil }
        return bytes
    }

    /// Whether the numbers lie in row-major order; an index that is always 0 may have any stride.
    private static func isRowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
        guard shape.count == strides.count else { return false }
        guard !shape.contains(0) else { return true }
        var expected = 1
        for (size, stride) in zip(shape, strides).reversed() where size > 1 {
            guard stride == expected else { return false }
            expected *= size
        }
        return true
    }
}

extension StoredTensor {
    /// What two tensors have in common that are the same numbers under two names.
    struct Region: Hashable {
        let file: Int
        let offset: Int
        let type: StoredType
        let count: Int
        /// The shape counts only where the numbers do not lie in row-major order.
        let layout: [[Int]]
    }

    /// Nil without numbers.
    var region: Region? {
        guard count > 0 else { return nil }
        return Region(
            file: file,
            offset: offset,
            type: type,
            count: count,
            layout: strides.map { [shape, $0] } ?? []
        )
    }
}

extension [Int] {
    /// The product of numbers that are not negative; nil where it, or a partial product, is 2⁶³ or more.
    package var product: Int? {
        var product = 1
        for factor in self {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            product = next
        }
        return product
    }
}
