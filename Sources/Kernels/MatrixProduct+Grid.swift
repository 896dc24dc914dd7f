extension MatrixProduct {
    /// How a product is cut: along rows and columns of the result, never along the inner dimension, by its shape alone.
    ///
    /// A tile packs its rows of op(A) and its columns of op(B) anew: the more tiles side by side, the more often A is packed,
    /// the more above one another, the more often B. Eight of 204 × 96 take a twelfth longer than 394 × 384 in one, and no
    /// longer than five of 96 × 384 (measured with OpenBLAS 0.3.21, Cooperlake; Haswell's kernels and oneDNN's bfloat16 lose
    /// less).
    struct Grid: Sendable, Equatable {
        /// Rows and columns of a tile; those at the end have fewer.
        let rows: Int
        let columns: Int
        /// Tiles above one another, and side by side.
        let down: Int
        let across: Int

        var tiles: Int { down * across }

        /// A team of eight threads takes each of them once, or twice where the result has enough elements for that.
        private static let fewTiles = 8
        private static let manyTiles = 16
        private static let manyElements = 1 << 19
        /// Rows and columns of a tile, where the whole has that many.
        private static let leastRows = 120
        private static let leastColumns = 96
        /// Operations of a tile with its packing, where the whole has that many: some ten microseconds.
        private static let leastOperations = 2_000_000
        /// As many operations take as long as packing an element of A.
        private static let packingOperations = 16
        /// Whole steps of every kernel set: 12 rows in OpenBLAS's for AVX-512, 16 columns in all.
        private static let rowStep = 12
        private static let columnStep = 16

        /// The most tiles of sufficient length, and of such grids the one that packs least.
        init(_ shape: MatrixProduct) {
            let wanted = shape.rows * shape.columns < Self.manyElements ? Self.fewTiles : Self.manyTiles
            let whole = Grid(shape, down: 1, across: 1)
            let packing = Self.packingOperations * whole.packing(shape) * shape.inner
            let most =
                shape.operations == 0
                ? 1 : min(wanted, (shape.operations + packing) / Self.leastOperations)
            for tiles in stride(from: most, to: 1, by: -1) {
                let grids = (1...tiles).lazy.filter { tiles % $0 == 0 }.map { down in
                    Grid(shape, down: down, across: tiles / down)
                }
                // Whole steps may make fewer tiles than were asked for.
                let coarse = grids.filter { $0.tiles == tiles && $0.isCoarse }
                let best = coarse.min { $0.packing(shape) < $1.packing(shape) }
                if let best {
                    self = best
                    return
                }
            }
            self = whole
        }

        /// `rows` rows in even parts of at most `most`, each through all columns.
        init(rows: Int, most: Int) {
            down = max(1, (rows + most - 1) / most)
            across = 1
            self.rows = max(1, (rows + down - 1) / down)
            columns = .max
        }

        private init(_ shape: MatrixProduct, down: Int, across: Int) {
            func length(_ whole: Int, _ parts: Int, step: Int) -> Int {
                max(1, parts == 1 ? whole : ((whole + parts - 1) / parts + step - 1) / step * step)
            }
            rows = length(shape.rows, down, step: Self.rowStep)
            columns = length(shape.columns, across, step: Self.columnStep)
            self.down = max(1, (shape.rows + rows - 1) / rows)
            self.across = max(1, (shape.columns + columns - 1) / columns)
        }

        private var isCoarse: Bool {
            (down == 1 || rows >= Self.leastRows) && (across == 1 || columns >= Self.leastColumns)
        }

        /// What packing costs: as many elements of A as tiles side by side, of B as tiles above one another; op(A) is packed
        /// in half the time where rows are stored as they are read.
        private func packing(_ shape: MatrixProduct) -> Int {
            across * shape.rows * (shape.transposeLeft ? 2 : 1) + down * shape.columns * 2
        }
    }
}
