import Checkpoints
import TestSupport
import Testing

@Suite struct IngredientDistancesTests {
    /// Writes a model of one tensor.
    private func write(_ values: [Float], _ name: String, in folder: TemporaryFolder) throws -> String {
        let end = 4 * values.count
        let header = #"{"w":{"dtype":"F32","shape":[\#(values.count)],"data_offsets":[0,\#(end)]}}"#
        return try folder.write(safetensors(header, data: littleEndian(values)), name)
    }

    @Test func distancesOfASmallPool() throws {
        let folder = try TemporaryFolder()
        // Their mean is (3, 4, 0).
        let pool = try IngredientPool(patterns: [
            write([3, 4, 6], "a.safetensors", in: folder), write([0, 4, -2], "b.safetensors", in: folder),
            write([6, 4, -4], "c.safetensors", in: folder),
        ])
        let distances = try IngredientDistances(of: pool)
        #expect(distances.normOfMean == 5)
        #expect(distances.fromMean == [6, Double(13).squareRoot(), 5])
        #expect(distances.duplicates.isEmpty)
    }

    @Test func longVectorsInPieces() throws {
        let folder = try TemporaryFolder()
        // Four ingredients of 700,000 numbers: more than one piece. Ingredient k is k in the first place and 2k in the
        // last; b and c of the first differ only there.
        let count = 700_000
        func vector(_ first: Float, _ last: Float) -> [Float] {
            [first] + Array(repeating: 0.5, count: count - 2) + [last]
        }
        let pool = try IngredientPool(patterns: [
            write(vector(0, 8), "a.safetensors", in: folder),
            write(vector(4, 0), "b.safetensors", in: folder),
            write(vector(4, 8), "c.safetensors", in: folder),
            write(vector(0, 8), "d.safetensors", in: folder),
        ])
        let distances = try IngredientDistances(of: pool)
        // The mean's ends are 2 and 6.
        let expected = [8.0, 40, 8, 8].map { $0.squareRoot() }
        #expect(distances.fromMean == expected)
        #expect(distances.normOfMean == (40 + 0.25 * Double(count - 2)).squareRoot())
        #expect(distances.duplicates == [[0, 3]])
    }
}
