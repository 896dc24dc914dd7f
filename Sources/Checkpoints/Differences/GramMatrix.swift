/// Inner products of a pool's ingredients, each less a common reference, and of the reference with them and itself.
///
/// All distances between ingredients and means of ingredients follow from it. It is a sum over parameters: those of
/// several groups add up to that of the whole model.
struct GramMatrix: Sendable, Equatable {
    /// Number of ingredients; the row after theirs is the reference's.
    let count: Int
    /// (count + 1)², row by row; only what is not above the diagonal counts.
    private(set) var values: [Double]

    init(count: Int) {
        self.count = count
        values = Array(repeating: 0, count: (count + 1) * (count + 1))
    }

    mutating func add(_ other: GramMatrix) {
        precondition(count == other.count)
        for index in values.indices { values[index] += other.values[index] }
    }

    /// Adds products in single precision, (count + 1)² row by row.
    mutating func add(_ products: UnsafePointer<Float>) {
        let width = count + 1
        for row in 0..<width {
            for index in row * width...row * width + row { values[index] += Double(products[index]) }
        }
    }

    /// ‖w[left] − w[right]‖².
    func squaredDistance(_ left: Int, _ right: Int) -> Double {
        max(0, self[left, left] + self[right, right] - 2 * self[left, right])
    }

    /// ‖w[k] − mean‖ of every ingredient k, where the mean is that of `members`.
    func distances(fromMeanOf members: [Int]) -> [Double] {
        let size = Double(members.count)
        // Mean over i of ‖x − wᵢ‖² is ‖x − mean‖² and the members' own spread about their mean.
        func meanSquare(_ index: Int) -> Double {
            members.reduce(0) { $0 + squaredDistance(index, $1) } / size
        }
        let spread = members.reduce(0) { $0 + meanSquare($1) } / (2 * size)
        return (0..<count).map { max(0, meanSquare($0) - spread).squareRoot() }
    }

    /// ‖w[k] − mean‖ of every ingredient k, where the mean is that of `members` but k itself; of two members or more.
    func distances(fromOthersOf members: [Int]) -> [Double] {
        var distances = distances(fromMeanOf: members)
        let size = Double(members.count)
        for member in members { distances[member] *= size / (size - 1) }
        return distances
    }

    /// ‖mean‖ of `members`.
    func norm(ofMeanOf members: [Int]) -> Double {
        let size = Double(members.count)
        var square = self[count, count]
        for left in members {
            square += 2 * self[count, left] / size
            for right in members { square += self[left, right] / (size * size) }
        }
        return max(0, square).squareRoot()
    }

    /// ‖w[k]‖² of every ingredient k.
    var squaredNorms: [Double] {
        (0..<count).map { max(0, self[$0, $0] + 2 * self[count, $0] + self[count, count]) }
    }

    /// What tells the angles between `members`.
    func squares(of members: [Int]) -> PoolSquares {
        let (norms, distances, mean) = (squaredNorms, distances(fromMeanOf: members), norm(ofMeanOf: members))
        return PoolSquares(
            norms: members.map { norms[$0] },
            fromMean: members.map { distances[$0] * distances[$0] },
            mean: mean * mean
        )
    }

    private subscript(row: Int, column: Int) -> Double {
        values[max(row, column) * (count + 1) + min(row, column)]
    }
}
