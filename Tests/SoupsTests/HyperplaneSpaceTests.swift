import Soups
import Testing

@Suite struct HyperplaneSpaceTests {
    static let distances = CoefficientMatrix(rows: 2, columns: 3, values: [2, 0, 0.25, 4, 0, 1e-8])
    static let space = HyperplaneSpace(
        distances: distances,
        alpha: CoefficientMatrix(rows: 2, columns: 3, repeating: 0.5)
    )

    @Test func aUnitOfXIsAUnitOfWeight() {
        let displacement = Self.space.displacement(at: [1, 1, 1, -1, 1, 1])
        #expect(displacement.values == [0.5, 0, 4, -0.25, 0, 0])
        #expect(Self.space.start == [0, 0, 0, 0, 0, 0])
    }

    @Test func chainRule() {
        let gradient = CoefficientMatrix(rows: 2, columns: 3, values: [6, 7, 8, 9, 10, 11])
        let slopes = Self.space.gradient(at: Self.space.start, ofDisplacement: gradient)
        #expect(slopes == [3, 0, 32, 2.25, 0, 0])
    }

    @Test func movedCoefficientsStillSumToOne() {
        let alpha = CoefficientMatrix(rows: 3, columns: 2, values: [0.5, 0.2, 0.25, 0.3, 0.25, 0.5])
        let displacement = CoefficientMatrix(rows: 2, columns: 2, values: [0.5, -1, 0.25, 3])
        let moved = alpha.moved(by: displacement, of: [2, 0])
        // Group 0: s = 0.75, so a quarter of α is left; group 1: s = 2, so α changes sign.
        #expect(isClose(moved.values, [0.375, 2.8, 0.0625, -0.3, 0.5625, -1.5], atol: 1e-15))
        #expect(isClose(moved.columnSums, [1, 1], atol: 1e-15))
    }
}
