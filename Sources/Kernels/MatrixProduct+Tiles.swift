import Threads

extension MatrixProduct {
    /// How a product is cut: along rows or columns of the result, whichever are more, never along the inner dimension.
    ///
    /// The factor that is not cut is packed anew for every tile, so it is the smaller one. With a few hundred rows, tiles of
    /// this length take a twentieth longer than the whole in one (measured with OpenBLAS 0.3.29, Cooperlake).
    struct Grid: Sendable, Equatable {
        let cutsRows: Bool
        /// Rows or columns of a tile.
        let length: Int
        let tiles: Int

        private static let mostTiles = 16
        private static let leastLength = 96
        /// Operations of a tile, where the whole has that many.
        private static let leastOperations = 2_000_000

        init(_ shape: MatrixProduct) {
            cutsRows = shape.rows >= shape.columns
            let whole = max(shape.rows, shape.columns, 1)
            let wanted = min(Self.mostTiles, max(1, shape.operations / Self.leastOperations))
            // Whole vectors of every kernel set.
            let even = ((whole + wanted - 1) / wanted + 15) / 16 * 16
            length = max(Self.leastLength, even)
            tiles = (whole + length - 1) / length
        }
    }

    /// Where a tile of the product lies: its shape, and the offsets of its factors and its result.
    struct Tile: Sendable {
        let shape: MatrixProduct
        let rows: Range<Int>
        let columns: Range<Int>
        let left: Int
        let right: Int
        let output: Int
    }

    func tile(_ index: Int, of grid: Grid) -> Tile {
        let whole = grid.cutsRows ? rows : columns
        let part = index * grid.length..<min((index + 1) * grid.length, whole)
        let (rowRange, columnRange) = grid.cutsRows ? (part, 0..<columns) : (0..<rows, part)
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

func multiply<R: Real>(
    _ tile: MatrixProduct.Tile,
    _ left: UnsafePointer<R>,
    _ right: UnsafePointer<R>,
    keeping beta: R = 0,
    into output: UnsafeMutablePointer<R>
) {
    multiply(tile.shape, left + tile.left, right + tile.right, keeping: beta, into: output + tile.output)
}
