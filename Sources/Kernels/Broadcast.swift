import Threads

/// Two arrays that are laid over each other element by element: a dimension of one repeats it along the other's.
///
/// Shapes are aligned at their last dimensions, as NumPy and PyTorch do it; one more dimension before all of them counts
/// samples. Dimensions that lie side by side in both arrays are one.
package struct Broadcast: Sendable, Equatable {
    /// Of the result, the outermost first; at least one.
    let sizes: [Int]
    /// By dimension, how far apart two elements are: 0 where the array repeats.
    let left: [Int]
    let right: [Int]

    /// The shape of the result; nil where the shapes do not go together.
    package static func shape(_ left: [Int], _ right: [Int]) -> [Int]? {
        let rank = max(left.count, right.count)
        let (a, b) = (padded(left, to: rank), padded(right, to: rank))
        guard zip(a, b).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
        return zip(a, b).map { $0 == 1 ? $1 : $0 }
    }

    /// * `samples`: how often the arrays follow each other
    /// * `leftRepeats`, `rightRepeats`: there is one array for all samples
    package init(
        _ leftShape: [Int],
        _ rightShape: [Int],
        samples: Int,
        leftRepeats: Bool,
        rightRepeats: Bool
    ) {
        let shape = Self.shape(leftShape, rightShape) ?? []
        let rank = shape.count
        func strides(_ own: [Int], repeats: Bool) -> [Int] {
            let padded = Self.padded(own, to: rank)
            var stride = 1
            var strides = [Int](repeating: 0, count: rank)
            for index in (0..<rank).reversed() {
                strides[index] = padded[index] == 1 ? 0 : stride
                stride *= padded[index]
            }
            return [repeats ? 0 : stride] + strides
        }
        let (leftStrides, rightStrides) = (
            strides(leftShape, repeats: leftRepeats), strides(rightShape, repeats: rightRepeats)
        )
        var (sizes, left, right): ([Int], [Int], [Int]) = ([], [], [])
        for (index, size) in ([samples] + shape).enumerated() where size != 1 {
            let (own, other) = (leftStrides[index], rightStrides[index])
            if let last = sizes.indices.last, left[last] == own * size, right[last] == other * size {
                sizes[last] *= size
                (left[last], right[last]) = (own, other)
            } else {
                sizes.append(size)
                left.append(own)
                right.append(other)
            }
        }
        self.sizes = sizes.isEmpty ? [1] : sizes
        self.left = sizes.isEmpty ? [0] : left
        self.right = sizes.isEmpty ? [0] : right
    }

    /// Elements of a row: of the last dimension.
    var width: Int { sizes[sizes.count - 1] }

    private static func padded(_ shape: [Int], to rank: Int) -> [Int] {
        [Int](repeating: 1, count: rank - shape.count) + shape
    }

    /// Calls `body` with every row of the result and where it begins in both arrays, in tiles of rows.
    fileprivate func rows(on team: Team, _ body: (_ output: Int, _ left: Int, _ right: Int) -> Void) {
        let outer = sizes.dropLast()
        team.rows(outer.reduce(1, *), width: width) { part in
            for row in part {
                var (rest, leftStart, rightStart) = (row, 0, 0)
                for index in outer.indices.reversed() {
                    let (quotient, place) = rest.quotientAndRemainder(dividingBy: outer[index])
                    leftStart += place * left[index]
                    rightStart += place * right[index]
                    rest = quotient
                }
                body(row * width, leftStart, rightStart)
            }
        }
    }

    /// For one of the two arrays: calls `body` with each of its rows, or some columns of it, and in order all that is to be
    /// added up there.
    ///
    /// * `own`: its strides
    fileprivate func sums(
        on team: Team,
        own: [Int],
        other: [Int],
        _ body: (_ target: Int, _ columns: Range<Int>, _ terms: [(output: Int, other: Int)]) -> Void
    ) {
        let outer = sizes.dropLast().indices
        var strides = [Int](repeating: 0, count: sizes.count)
        var stride = 1
        for index in sizes.indices.reversed() {
            strides[index] = stride
            stride *= sizes[index]
        }
        let kept = outer.filter { own[$0] != 0 }
        let summed = outer.filter { own[$0] == 0 }
        // Offsets of all combinations of places along some dimensions, in order.
        func places(_ dimensions: [Int], _ strides: [Int]) -> [Int] {
            dimensions.reduce([0]) { found, index in
                found.flatMap { start in (0..<sizes[index]).map { start + $0 * strides[index] } }
            }
        }
        let targets = zip(places(kept, own), zip(places(kept, strides), places(kept, other))).map {
            ($0, $1.0, $1.1)
        }
        let terms = Array(zip(places(summed, strides), places(summed, other)))
        // A row that is summed up to one element stays whole.
        let across = own[sizes.count - 1] == 0 ? 1 : (width + Tiling.columns - 1) / Tiling.columns
        let length = across == 1 ? width : Tiling.columns
        let work = max(1, terms.count * length)
        let items = targets.count * across
        team.run(items, by: max(1, Tiling.elements(of: items * work) / work)) { part in
            for item in part {
                let (row, column) = item.quotientAndRemainder(dividingBy: across)
                let (target, output, other) = targets[row]
                let columns = column * length..<min((column + 1) * length, width)
                body(target, columns, terms.map { (output + $0.0, other + $0.1) })
            }
        }
    }
}

/// output = factor · input, repeated where the other array of the pair is larger; or output += that.
///
/// * `shape`: of the input and of the output
package func repeatForward<R: Real>(
    on team: Team,
    _ shape: Broadcast,
    factor: R = 1,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>,
    adding: Bool = false
) {
    let last = shape.sizes.count - 1
    withUnsafePointer(to: factor) { factor in
        shape.rows(on: team) { row, start, _ in
            let stride = shape.left[last]
            R.kernels.multiply(shape.width, input + start, stride, factor, 0, output + row, adding)
        }
    }
}

/// output = left + factor · right, each repeated where the other is larger.
package func addForward<R: Real>(
    on team: Team,
    _ shape: Broadcast,
    _ left: UnsafePointer<R>,
    factor: R,
    _ right: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    let last = shape.sizes.count - 1
    shape.rows(on: team) { row, leftStart, rightStart in
        R.kernels.addScaled(
            shape.width,
            left + leftStart,
            shape.left[last],
            factor,
            right + rightStart,
            shape.right[last],
            output + row
        )
    }
}

/// output = left · right, each repeated where the other is larger.
package func multiplyForward<R: Real>(
    on team: Team,
    _ shape: Broadcast,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    into output: UnsafeMutablePointer<R>
) {
    let last = shape.sizes.count - 1
    shape.rows(on: team) { row, leftStart, rightStart in
        R.kernels.multiply(
            shape.width,
            left + leftStart,
            shape.left[last],
            right + rightStart,
            shape.right[last],
            output + row,
            false
        )
    }
}

/// The gradient of one factor, or, where `other` is nil, of one summand that is taken `factor` times: the result's gradient,
/// times the other factor, added up where the array was repeated.
///
/// * `isLeft`: whether it is the left array's
package func broadcastBackward<R: Real>(
    on team: Team,
    _ shape: Broadcast,
    isLeft: Bool,
    other: UnsafePointer<R>?,
    factor: R = 1,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    let last = shape.sizes.count - 1
    let (own, theirs) = isLeft ? (shape.left, shape.right) : (shape.right, shape.left)
    withUnsafePointer(to: factor) { factor in
        shape.sums(on: team, own: own, other: other == nil ? own.map { _ in 0 } : theirs) {
            target,
            columns,
            terms in
            let (multiplier, stride) = (other ?? factor, other == nil ? 0 : theirs[last])
            if own[last] == 0 {
                var sum: R = 0
                for term in terms {
                    sum += R.kernels.sumOfProducts(
                        columns.count,
                        dOutput + term.output,
                        multiplier + term.other,
                        stride
                    )
                }
                dInput[target] = adding ? dInput[target] + sum : sum
                return
            }
            for (index, term) in terms.enumerated() {
                R.kernels.multiply(
                    columns.count,
                    dOutput + term.output + columns.lowerBound,
                    1,
                    multiplier + term.other + columns.lowerBound * stride,
                    stride,
                    dInput + target + columns.lowerBound,
                    adding || index > 0
                )
            }
        }
    }
}
