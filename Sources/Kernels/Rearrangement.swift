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

    /// Calls `body` with every row of the result, in tiles of rows.
    fileprivate func rows(
        on team: Team,
        samples: Int,
        _ body: (_ width: Int, _ stride: Int, _ source: Int, _ result: Int) -> Void
    ) {
        let width = shape.last ?? 1
        let outer = shape.dropLast()
        let rows = outer.reduce(1, *)
        team.rows(samples * rows, width: width) { part in
            for item in part {
                let (sample, row) = item.quotientAndRemainder(dividingBy: rows)
                var (rest, source) = (row, sample * sourceCount + start)
                for index in outer.indices.reversed() {
                    let (quotient, place) = rest.quotientAndRemainder(dividingBy: outer[index])
                    source += place * strides[index]
                    rest = quotient
                }
                body(width, strides.last ?? 1, source, item * width)
            }
        }
    }
}

/// The elements of `input` that make up the result, in its order.
///
/// * `samples`: how often source and result follow each other
package func rearrange<R: Real>(
    on team: Team,
    _ shape: Rearrangement,
    samples: Int,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    shape.rows(on: team, samples: samples) { width, stride, source, result in
        R.kernels.copyStrided(width, input + source, stride, output + result, 1, false)
    }
}

/// The other way round: every element of `result` to its place in the source.
///
/// * `clearing`: places that have none become zero where nothing is added
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
    shape.rows(on: team, samples: samples) { width, stride, target, place in
        R.kernels.copyStrided(width, result + place, 1, source + target, stride, adding)
    }
}
