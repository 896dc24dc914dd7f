extension Rearrangement {
    /// Dimensions as their elements lie in the source: those farthest apart first.
    package var storedOrder: [Int] {
        shape.indices.sorted { (strides[$1], $0) < (strides[$0], $1) }
    }

    /// Whether it is all of the source as that is stored, its dimensions in this order.
    package func isStored(in order: [Int]) -> Bool {
        guard start == 0, isWhole else { return false }
        var stride = 1
        for dimension in order.reversed() where shape[dimension] != 1 {
            guard strides[dimension] == stride else { return false }
            stride &*= shape[dimension]
        }
        return true
    }

    /// The same elements in the same order as an array of another shape, where that needs no copy.
    ///
    /// * `target`: of as many elements
    package func reshaped(_ target: [Int]) -> Rearrangement? {
        // Dimensions that follow each other in the source are one.
        var blocks: [(size: Int, stride: Int)] = []
        for (size, stride) in zip(shape, strides) where size != 1 {
            if let last = blocks.last, last.stride == size &* stride {
                blocks[blocks.count - 1] = (last.size &* size, stride)
            } else {
                blocks.append((size, stride))
            }
        }
        var (left, stride) = blocks.popLast() ?? (1, 1)
        var strides = [Int](repeating: 1, count: target.count)
        for index in target.indices.reversed() {
            if left == 1, target[index] != 1, let next = blocks.popLast() { (left, stride) = next }
            guard left % max(target[index], 1) == 0 else { return nil }
            strides[index] = stride
            stride &*= target[index]
            left /= max(target[index], 1)
        }
        guard left == 1, blocks.isEmpty else { return nil }
        return Rearrangement(shape: target, strides: strides, start: start, sourceCount: sourceCount)
    }

    /// More dimensions of one element each, before all others.
    package func raised(to rank: Int) -> Rearrangement {
        let more = max(0, rank - shape.count)
        return Rearrangement(
            shape: [Int](repeating: 1, count: more) + shape,
            strides: [Int](repeating: sourceCount, count: more) + strides,
            start: start,
            sourceCount: sourceCount
        )
    }

    /// Without a dimension, of which one place is kept.
    package func selected(_ dimension: Int, _ place: Int) -> Rearrangement {
        let part = sliced(dimension, place..<place + 1)
        var (shape, strides) = (part.shape, part.strides)
        shape.remove(at: dimension)
        strides.remove(at: dimension)
        return Rearrangement(shape: shape, strides: strides, start: part.start, sourceCount: sourceCount)
    }
}
