import Threads

extension MatrixProduct {
    /// Where a tile of the product lies: its shape, and the offsets of its factors and its result.
    struct Tile: Sendable {
        let shape: MatrixProduct
        let rows: Range<Int>
        let columns: Range<Int>
        let left: Int
        let right: Int
        let output: Int
    }

    /// All of it as one tile.
    var whole: Tile {
        Tile(shape: self, rows: 0..<rows, columns: 0..<columns, left: 0, right: 0, output: 0)
    }

    func tile(_ index: Int, of grid: Grid) -> Tile {
        let (row, column) = index.quotientAndRemainder(dividingBy: grid.across)
        let rowRange = row * grid.rows..<min((row + 1) * grid.rows, rows)
        let columnRange = column * grid.columns..<min((column + 1) * grid.columns, columns)
        return Tile(
            shape: MatrixProduct(
                rows: rowRange.count,
                columns: columnRange.count,
                inner: inner,
                transposeLeft: transposeLeft,
                transposeRight: transposeRight,
                leftStride: leftStride,
                rightStride: rightStride,
                outputStride: outputStride
            ),
            rows: rowRange,
            columns: columnRange,
            left: rowRange.lowerBound * (transposeLeft ? 1 : leftStride),
            right: columnRange.lowerBound * (transposeRight ? rightStride : 1),
            output: rowRange.lowerBound * outputStride + columnRange.lowerBound
        )
    }
}

/// C = op(A)·op(B) + β·C, tile by tile.
@specialized(where R == Float)
package func multiply<R: Real>(
    on team: Team,
    _ shape: MatrixProduct,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    keeping beta: R = 0,
    into output: UnsafeMutablePointer<R>
) {
    let grid = MatrixProduct.Grid(shape)
    team.run(grid.tiles) { multiply(shape.tile($0, of: grid), left, right, keeping: beta, into: output) }
}

/// The same in float32 by a library of one's own choice; undivided where one thread works.
package func multiply(
    on team: Team,
    _ shape: MatrixProduct,
    _ left: UnsafePointer<Float>,
    _ right: UnsafePointer<Float>,
    keeping beta: Float = 0,
    by library: ProductLibrary,
    into output: UnsafeMutablePointer<Float>
) {
    guard team.threads > 1 else {
        return library.multiply(shape, left, right, keeping: beta, into: output)
    }
    let grid = MatrixProduct.Grid(shape)
    team.run(grid.tiles) { index in
        let tile = shape.tile(index, of: grid)
        library.multiply(
            tile.shape,
            left + tile.left,
            right + tile.right,
            keeping: beta,
            into: output + tile.output
        )
    }
}

@specialized(where R == Float)
func multiply<R: Real>(
    _ tile: MatrixProduct.Tile,
    scale alpha: R = 1,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    keeping beta: R = 0,
    into output: UnsafeMutablePointer<R>
) {
    multiply(
        tile.shape,
        scale: alpha,
        left + tile.left,
        right + tile.right,
        keeping: beta,
        into: output + tile.output
    )
}
