import Threads

/// A part of an array, or all of it, with its dimensions in another order: where each element of the result lies.
package struct Rearrangement: Sendable, Hashable {
    /// Of the result, without samples.
    package let shape: [Int]
    /// By dimension of the result, how far apart two elements are in the source.
    let strides: [Int]
    /// The first element's place in the source.
    let start: Int
    /// Elements of the source, of one sample.
    let sourceCount: Int

    init(shape: [Int], strides: [Int], start: Int, sourceCount: Int) {
        self.shape = shape
        self.strides = strides
        self.start = start
        self.sourceCount = sourceCount
    }

    /// An array as it is stored.
    package init(_ shape: [Int]) {
        var strides = [Int](repeating: 1, count: shape.count)
        for index in shape.indices.dropLast().reversed() {
            strides[index] = strides[index + 1] &* shape[index + 1]
        }
        self.init(shape: shape, strides: strides, start: 0, sourceCount: shape.elementCount)
    }

    /// Dimension `order[i]` comes i-th.
    package func permuted(_ order: [Int]) -> Rearrangement {
        precondition(order.sorted() == Array(shape.indices), "an order of all dimensions")
        return Rearrangement(
            shape: order.map { shape[$0] },
            strides: order.map { strides[$0] },
            start: start,
            sourceCount: sourceCount
        )
    }

    /// A range of one dimension, or every `step`-th place of it.
    package func sliced(_ dimension: Int, _ range: Range<Int>, step: Int = 1) -> Rearrangement {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[dimension],
            "a range of the dimension"
        )
        var (shape, strides) = (shape, strides)
        let start = start &+ range.lowerBound &* strides[dimension]
        shape[dimension] = (range.count + step - 1) / step
        strides[dimension] &*= step
        return Rearrangement(
            shape: shape,
            strides: strides,
            start: start,
            sourceCount: sourceCount
        )
    }

    /// Whether every element of the source has its place in the result.
    package var isWhole: Bool { shape.elementCount == sourceCount }

    /// Sizes of the result and strides in the source, of which those that follow each other in both are one; at least two.
    private var merged: [(size: Int, stride: Int)] {
        var merged: [(size: Int, stride: Int)] = []
        for (size, stride) in zip(shape, strides) where size != 1 {
            if let last = merged.last, last.stride == size * stride {
                merged[merged.count - 1] = (last.size * size, stride)
            } else {
                merged.append((size, stride))
            }
        }
        return [(size: Int, stride: Int)](repeating: (1, 0), count: max(0, 2 - merged.count)) + merged
    }

    /// Calls `body` with runs of rows of the result that lie evenly in the source, in tiles of rows.
    fileprivate func rows(on team: Team, samples: Int, _ body: (Rows) -> Void) {
        let all = merged
        let (height, width) = (all[all.count - 2], all[all.count - 1])
        let outer = all.dropLast(2)
        let blocks = outer.reduce(1) { $0 * $1.size }
        team.rows(samples * blocks * height.size, width: width.size) { part in
            var row = part.lowerBound
            while row < part.upperBound {
                let (item, first) = row.quotientAndRemainder(dividingBy: height.size)
                let count = min(height.size - first, part.upperBound - row)
                let (sample, block) = item.quotientAndRemainder(dividingBy: blocks)
                var (rest, source) = (block, sample * sourceCount + start + first * height.stride)
                for dimension in outer.reversed() {
                    let (quotient, place) = rest.quotientAndRemainder(dividingBy: dimension.size)
                    source += place * dimension.stride
                    rest = quotient
                }
                body(
                    Rows(
                        count: count,
                        width: width.size,
                        row: height.stride,
                        stride: width.stride,
                        source: source,
                        result: row * width.size
                    )
                )
                row += count
            }
        }
    }
}

/// Rows of the result, one behind the other there: where they begin in both, and how far apart rows and elements are in the
/// source.
private struct Rows {
    let count: Int
    let width: Int
    let row: Int
    let stride: Int
    let source: Int
    let result: Int
}

/// The elements of `input` that make up the result, in its order.
///
/// * `samples`: how often source and result follow each other
@specialized(where R == Float)
package func rearrange<R: Real>(
    on team: Team,
    _ shape: Rearrangement,
    samples: Int,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    shape.rows(on: team, samples: samples) { rows in
        R.kernels.copyStrided(
            rows.count,
            rows.width,
            input + rows.source,
            rows.row,
            rows.stride,
            output + rows.result,
            rows.width,
            1,
            false
        )
    }
}

/// The other way round: every element of `result` to its place in the source.
///
/// * `clearing`: places that have none become zero where nothing is added
@specialized(where R == Float)
package func rearrangeBack<R: Real>(
    on team: Team,
    _ shape: Rearrangement,
    samples: Int,
    _ result: UnsafePointer<R>,
    into source: UnsafeMutablePointer<R>,
    adding: Bool,
    clearing: Bool = true
) {
    if clearing, !adding, !shape.isWhole {
        team.elements(samples * shape.sourceCount) { part in
            (source + part.lowerBound).update(repeating: 0, count: part.count)
        }
    }
    shape.rows(on: team, samples: samples) { rows in
        R.kernels.copyStrided(
            rows.count,
            rows.width,
            result + rows.result,
            rows.width,
            1,
            source + rows.source,
            rows.row,
            rows.stride,
            adding
        )
    }
}
