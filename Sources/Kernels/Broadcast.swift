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

    /// A part of one of the two arrays: rows of it, or what rows are added up to, and some columns of them.
    fileprivate struct Part {
        /// How many rows there are, of the result.
        let rows: Int
        let columns: Range<Int>
        /// Where they begin in the array, in the result and in the other array.
        let target: Int
        let output: Int
        let other: Int
    }

    /// For one of the two arrays: calls `body` with parts of it, each with all that is to be added up there, in order.
    ///
    /// * `own`: its strides
    /// * `terms`: offsets in the result and in the other array
    fileprivate func sums(
        on team: Team,
        own: [Int],
        other: [Int],
        _ body: (Part, _ terms: [(output: Int, other: Int)]) -> Void
    ) {
        let inner = max(0, sizes.count - 2)
        let outer = 0..<inner
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
        let terms = zip(places(summed, strides), places(summed, other)).map { (output: $0, other: $1) }
        let height = sizes.count > 1 ? sizes[inner] : 1
        let keepsRows = sizes.count > 1 && own[inner] != 0
        // Rows are cut where they stay rows, else columns, but for rows that are summed up to one element.
        let tall = keepsRows ? Tiling.rows(of: height, width: width * terms.count) : height
        let down = (height + tall - 1) / tall
        let across =
            keepsRows || own[sizes.count - 1] == 0 ? 1 : (width + Tiling.columns - 1) / Tiling.columns
        let length = across == 1 ? width : Tiling.columns
        let work = max(1, terms.count * length * tall)
        let items = targets.count * down * across
        team.run(items, by: max(1, Tiling.elements(of: items * work) / work)) { part in
            for item in part {
                let (rest, column) = item.quotientAndRemainder(dividingBy: across)
                let (place, down) = rest.quotientAndRemainder(dividingBy: down)
                let (target, output, opposite) = targets[place]
                let first = down * tall
                body(
                    Part(
                        rows: min(tall, height - first),
                        columns: column * length..<min((column + 1) * length, width),
                        target: target + (keepsRows ? first * own[inner] : 0),
                        output: output + first * (sizes.count > 1 ? strides[inner] : 0),
                        other: opposite + first * (sizes.count > 1 ? other[inner] : 0)
                    ),
                    terms
                )
            }
        }
    }
}

/// output = factor · input, repeated where the other array of the pair is larger; or output += that.
///
/// * `shape`: of the input and of the output
@specialized(where R == Float)
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
@specialized(where R == Float)
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
@specialized(where R == Float)
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
@specialized(where R == Float)
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
    let opposite = other == nil ? own.map { _ in 0 } : theirs
    let stride = opposite[last]
    // How far apart two rows are: in the result, in the other array and in this one.
    let (outputRow, otherRow, ownRow) =
        last > 0 ? (shape.width, opposite[last - 1], own[last - 1]) : (0, 0, 0)
    withUnsafePointer(to: factor) { factor in
        let multiplier = other ?? factor
        shape.sums(on: team, own: own, other: opposite) { part, terms in
            guard own[last] == 0 else {
                for (index, term) in terms.enumerated() {
                    R.kernels.multiplyRows(
                        part.rows,
                        part.columns.count,
                        dOutput + part.output + term.output + part.columns.lowerBound,
                        outputRow,
                        multiplier + part.other + term.other + part.columns.lowerBound * stride,
                        otherRow,
                        stride,
                        dInput + part.target + part.columns.lowerBound,
                        ownRow,
                        adding || index > 0
                    )
                }
                return
            }
            // Every row is summed up to an element, and where rows are added, all of them.
            func sum(_ row: Int, _ term: (output: Int, other: Int)) -> R {
                R.kernels.sumOfProducts(
                    part.columns.count,
                    dOutput + part.output + term.output + row * outputRow,
                    multiplier + part.other + term.other + row * otherRow,
                    stride
                )
            }
            if ownRow != 0 {
                for row in 0..<part.rows {
                    let target = part.target + row * ownRow
                    let total = terms.reduce(R.zero) { $0 + sum(row, $1) }
                    dInput[target] = adding ? dInput[target] + total : total
                }
            } else {
                var total = R.zero
                for term in terms { for row in 0..<part.rows { total += sum(row, term) } }
                dInput[part.target] = adding ? dInput[part.target] + total : total
            }
        }
    }
}
