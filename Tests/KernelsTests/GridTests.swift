import Testing

@testable import Kernels

/// How products are cut: into enough tiles for a team, each long enough, that together are the result.
@Suite struct GridTests {
    /// The linear layers of a micro-batch of ViT-B/32 (6 images, 300 rows) and of ViT-S/16 (2 images, 394 rows).
    private static let layers = [
        ("B/32 qkv", 300, 768, 2304), ("B/32 proj", 300, 768, 768), ("B/32 fc1", 300, 768, 3072),
        ("B/32 fc2", 300, 3072, 768), ("B/32 of 4 images", 200, 768, 3072), ("B/32 patches", 294, 3072, 768),
        ("S/16 qkv", 394, 384, 1152), ("S/16 proj", 394, 384, 384), ("S/16 fc1", 394, 384, 1536),
        ("S/16 fc2", 394, 1536, 384), ("S/16 patches", 392, 768, 384),
    ]

    @Test(arguments: layers) func aTeamOfEightIsFed(
        _ layer: (name: String, rows: Int, inputs: Int, outputs: Int)
    ) {
        let shape = LinearShape(rows: layer.rows, inputs: layer.inputs, outputs: layer.outputs)
        for product in [shape.forward, shape.inputGradient, shape.weightGradient] {
            let grid = MatrixProduct.Grid(product)
            let expected = product.rows * product.columns >= 524_288 ? 16 : 8
            #expect(grid.tiles == expected, "\(layer.name), \(product.rows) × \(product.columns)")
            // No tile is much smaller than the others, or threads wait for those.
            let average = Double(product.rows * product.columns) / Double(expected)
            #expect(Double(grid.rows * grid.columns) <= 1.07 * average, "\(layer.name)")
        }
    }

    @Test func theShorterSideIsCutWhereTheLongerWouldBeCutTooFine() {
        let projection = LinearShape(rows: 394, inputs: 384, outputs: 384).forward
        let grid = MatrixProduct.Grid(projection)
        #expect([grid.rows, grid.columns, grid.down, grid.across] == [204, 96, 2, 4])
        #expect(MatrixProduct.Grid(MatrixProduct(rows: 6, columns: 1000, inner: 768)).across == 8)
        #expect(MatrixProduct.Grid(MatrixProduct(rows: 1000, columns: 6, inner: 768)).down == 8)
        // What takes long is packing the weights.
        #expect(MatrixProduct.Grid(MatrixProduct(rows: 1, columns: 1000, inner: 768)).across == 8)
    }

    /// One row, one column, nothing to sum, little to do.
    @Test(arguments: [(1, 1, 1), (1, 4096, 1), (4096, 1, 1), (300, 768, 0), (0, 768, 768), (50, 50, 64)])
    func smallWorkIsOneTile(rows: Int, columns: Int, inner: Int) {
        #expect(MatrixProduct.Grid(MatrixProduct(rows: rows, columns: columns, inner: inner)).tiles == 1)
    }

    @Test func tilesCoverEachElementOnce() {
        let sides = [1, 2, 11, 12, 13, 95, 96, 97, 119, 120, 121, 192, 193, 239, 241, 394, 1000, 1537]
        for rows in sides {
            for columns in sides {
                let product = MatrixProduct(rows: rows, columns: columns, inner: 4096)
                let grid = MatrixProduct.Grid(product)
                var (seen, rowEnd) = (0, 0)
                for index in 0..<grid.tiles {
                    let tile = product.tile(index, of: grid)
                    let (row, column) = index.quotientAndRemainder(dividingBy: grid.across)
                    #expect(!tile.rows.isEmpty && !tile.columns.isEmpty, "\(rows) × \(columns)")
                    #expect(tile.rows.lowerBound == row * grid.rows, "\(rows) × \(columns)")
                    #expect(tile.columns.lowerBound == column * grid.columns, "\(rows) × \(columns)")
                    seen += tile.rows.count * tile.columns.count
                    rowEnd = max(rowEnd, tile.rows.upperBound)
                }
                #expect(seen == rows * columns && rowEnd == rows, "\(rows) × \(columns)")
            }
        }
    }

    @Test func attentionIsCutInRowsOfScores() {
        func tiles(_ tokens: Int) -> [Int] {
            let grid = AttentionShape(tokens: tokens, heads: 6, headChannels: 64).grid
            return [grid.tiles, grid.rows]
        }
        #expect(tiles(1) == [1, 1])
        #expect(tiles(50) == [1, 50])
        #expect(tiles(128) == [1, 128])
        #expect(tiles(197) == [2, 99])
        #expect(tiles(577) == [5, 116])
    }
}
