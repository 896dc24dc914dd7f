/// Real numbers per ingredient and group, row-major by ingredient.
package struct CoefficientMatrix: Sendable, Equatable, Codable {
    /// Ingredients: of the pool, or of one coefficient block.
    package let rows: Int
    /// Groups.
    package let columns: Int
    package var values: [Double]

    package init(rows: Int, columns: Int, repeating value: Double = 0) {
        precondition(rows >= 0 && columns >= 0)
        self.init(rows: rows, columns: columns, values: Array(repeating: value, count: rows * columns))
    }

    package init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "a matrix needs rows × columns values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    package subscript(row: Int, column: Int) -> Double {
        get {
            precondition(column >= 0 && column < columns)
            return values[row * columns + column]
        }
        set {
            precondition(column >= 0 && column < columns)
            values[row * columns + column] = newValue
        }
    }

    /// The rows of the named ingredients, in the order named.
    package func rows(of ingredients: [Int]) -> CoefficientMatrix {
        CoefficientMatrix(
            rows: ingredients.count,
            columns: columns,
            values: ingredients.flatMap { values[$0 * columns..<($0 + 1) * columns] }
        )
    }

    /// The sum of every column: per group, over the ingredients.
    package var columnSums: [Double] {
        var sums = Array(repeating: 0.0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns { sums[column] += self[row, column] }
        }
        return sums
    }

    /// What lies a share of the straight way to another of its shape: at 0 itself, at 1 the other.
    package func onTheWay(to other: CoefficientMatrix, _ share: Double) -> CoefficientMatrix {
        precondition(rows == other.rows && columns == other.columns)
        return CoefficientMatrix(
            rows: rows,
            columns: columns,
            values: zip(values, other.values).map { (1 - share) * $0 + share * $1 }
        )
    }

    /// Several matrices of one shape, one below the other.
    package init(stacking matrices: [CoefficientMatrix]) {
        self.init(
            rows: matrices.map(\.rows).reduce(0, +),
            columns: matrices.first?.columns ?? 0,
            values: matrices.flatMap(\.values)
        )
    }

    /// The matrices of which `count` were stacked.
    package func parts(_ count: Int) -> [CoefficientMatrix] {
        precondition(count > 0 && rows.isMultiple(of: count))
        let size = rows / count
        return (0..<count).map { rows(of: Array($0 * size..<($0 + 1) * size)) }
    }
}
