import Tensors

/// Weights as they lie in the file, on their way from a rank that can read it to one that cannot.
extension IngredientPool {
    /// Bytes that elements `range` of the flat parameter vector of ingredient `index` take as they are stored.
    ///
    /// - Throws: `CheckpointError` where the file lacks a parameter of `layout` or has it in another shape.
    package func storedByteCount(_ index: Int, _ range: Range<Int>, of layout: ParameterLayout) throws -> Int
    {
        var count = 0
        try forEachTensor(index, range, of: layout) { tensor, elements, _ in
            count += elements.count * tensor.type.byteCount
        }
        return count
    }

    /// Copies elements `range` of the flat parameter vector as they are stored, one tensor's after the other's.
    ///
    /// - Throws: `CheckpointError` as above, `FileError` where the file was cut meanwhile.
    package func copyStored(
        _ index: Int,
        _ range: Range<Int>,
        of layout: ParameterLayout,
        into target: UnsafeMutableRawPointer
    ) throws {
        var place = target
        try forEachTensor(index, range, of: layout) { tensor, elements, _ in
            try ingredients[index].copyStored(tensor, elements, into: place)
            place += elements.count * tensor.type.byteCount
        }
    }

    /// Turns what `copyStored` gave elsewhere for the same range into float32.
    ///
    /// - Throws: `CheckpointError` as above, and where a value is NaN or infinite.
    package func decodeStored(
        _ index: Int,
        _ range: Range<Int>,
        of layout: ParameterLayout,
        from stored: UnsafeRawPointer,
        into target: UnsafeMutablePointer<Float>
    ) throws {
        var place = stored
        try forEachTensor(index, range, of: layout) { tensor, elements, offset in
            try ingredients[index].decode(place, tensor, elements, into: target + offset)
            place += elements.count * tensor.type.byteCount
        }
    }

    /// Calls `body` for each tensor that has elements in `range`, with those of its elements and their place in the range.
    func forEachTensor(
        _ index: Int,
        _ range: Range<Int>,
        of layout: ParameterLayout,
        _ body: (StoredTensor, Range<Int>, Int) throws -> Void
    ) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= layout.count)
        for parameter in layout.parameters {
            let wanted = parameter.range.clamped(to: range)
            guard !wanted.isEmpty else { continue }
            let tensor = try ingredients[index].tensor(of: parameter)
            let start = parameter.range.lowerBound
            try body(
                tensor,
                wanted.lowerBound - start..<wanted.upperBound - start,
                wanted.lowerBound - range.lowerBound
            )
        }
    }
}
