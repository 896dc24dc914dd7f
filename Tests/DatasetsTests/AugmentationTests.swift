import Foundation
import Randomness
import Testing

@testable import Datasets

@Suite struct AugmentationTests {
    private let channels = 2
    private let height = 4
    private let width = 5

    /// 1, 2, 3, …: every pixel is known by its value.
    private var numbered: [Float] { (1...channels * height * width).map { Float($0) } }

    private func changed(_ pixels: [Float], _ change: (ImagePlanes) -> Void) throws -> [Float] {
        var pixels = pixels
        try pixels.withUnsafeMutableBufferPointer { buffer in
            change(
                ImagePlanes(
                    base: try #require(buffer.baseAddress),
                    channels: channels,
                    height: height,
                    width: width
                )
            )
        }
        return pixels
    }

    private func pixel(_ pixels: [Float], _ channel: Int, _ row: Int, _ column: Int) -> Float? {
        guard (0..<height).contains(row), (0..<width).contains(column) else { return nil }
        return pixels[(channel * height + row) * width + column]
    }

    @Test(arguments: -4...4, -5...5) func shiftMovesEveryPixel(down: Int, right: Int) throws {
        let fill: [Float] = [-7, -8]
        let found = try changed(numbered) { $0.shift(down: down, right: right, fill: fill) }
        for channel in 0..<channels {
            for row in 0..<height {
                for column in 0..<width {
                    let expected = pixel(numbered, channel, row - down, column - right) ?? fill[channel]
                    #expect(pixel(found, channel, row, column) == expected)
                }
            }
        }
    }

    @Test func flipMirrorsAndUndoesItself() throws {
        let once = try changed(numbered) { $0.flip() }
        let firstRow: [Float] = [5, 4, 3, 2, 1]
        #expect(Array(once.prefix(width)) == firstRow)
        #expect(once != numbered)
        #expect(try changed(once) { $0.flip() } == numbered)
    }

    @Test func erasesExactlyTheRectangle() throws {
        let found = try changed(numbered) { $0.erase(rows: 1..<3, columns: 2..<5) }
        for (index, value) in found.enumerated() {
            let (row, column) = (index / width % height, index % width)
            let isInside = (1..<3).contains(row) && (2..<5).contains(column)
            #expect(value == (isInside ? 0 : numbered[index]))
        }
    }

    @Test func rectanglesLieInsideAndAreOfTheAreaAskedFor() {
        var stream = RandomStream(seed: 3)
        for _ in 0..<2000 {
            let (rows, columns) = Augmentation.rectangle(height: 28, width: 20, &stream)
            #expect(rows.lowerBound >= 0 && rows.upperBound <= 28)
            #expect(columns.lowerBound >= 0 && columns.upperBound <= 20)
            let share = Double(rows.count * columns.count) / (28 * 20)
            // Sides are rounded to whole pixels.
            #expect(share > 0 && share < 0.3)
        }
    }

    @Test func blendsByShare() throws {
        let other = numbered.map { _ in Float(10) }
        let found = try changed(numbered) { $0.blend(with: other, share: 0.75) }
        for (value, own) in zip(found, numbered) { #expect(abs(value - (0.75 * own + 2.5)) <= 1e-5) }
    }

    /// Of X ~ Beta(α, α): E (X − ½)² = 1/(4(2α + 1)), which mirroring about ½ leaves as it is.
    @Test(arguments: [0.05, 0.2, 0.5, 1.0]) func ownSharesAreBetaDistributed(alpha: Double) {
        var stream = RandomStream(seed: 12)
        let count = 40_000
        let squares = (0..<count).map { _ -> Double in
            let share = Augmentation.ownShare(alpha: alpha, &stream)
            #expect(share >= 0.5 && share <= 1)
            return (share - 0.5) * (share - 0.5)
        }
        let mean = squares.reduce(0, +) / Double(count)
        // Squares lie in 0 … ¼: their mean's standard error is below 0.125/√count.
        #expect(abs(mean - 1 / (4 * (2 * alpha + 1))) <= 4 * 0.125 / Double(count).squareRoot())
    }

    @Test func nothingAskedForChangesNothing() throws {
        var stream = RandomStream(seed: 1)
        let found = try changed(numbered) { Augmentation().apply(to: $0, black: [0, 0], &stream) }
        #expect(found == numbered)
    }
}
