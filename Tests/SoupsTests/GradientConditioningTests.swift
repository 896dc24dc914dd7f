import Soups
import Testing

@Suite struct GradientConditioningTests {
    /// Gradients (3, −4) and (0.5, 1, −2) on the directions of Fixtures/pytorch_numbers.py.
    static let projections = CoefficientMatrix(rows: 2, columns: 2, values: [-5, 2.625, -8, -1.5])
    static let squaredNorms = [25, 5.25]

    @Test(arguments: [(1.0, clippedTo1), (10.0, clippedTo10), (0.0, clippedTo10)])
    func clippingIsPyTorchs(clip: Double, expected: [[Double]]) {
        let result = GradientConditioning(clip: clip, stillness: 0)
            .condition(Self.projections, squaredGradientNorms: Self.squaredNorms)
        #expect(isClose(result.gradient.values, expected.flatMap(\.self), rtol: 1e-14))
        #expect(result.norm == 30.25.squareRoot())
        #expect(result.stillGroups.isEmpty)
    }

    @Test func aGroupOfRoundingNoiseStandsStill() {
        let projections = CoefficientMatrix(rows: 2, columns: 3, values: [1, 2e-7, 3, 4, 5e-7, 6])
        let conditioning = GradientConditioning(clip: 0, stillness: 1e-6)
        let result = conditioning.condition(projections, squaredGradientNorms: [1, 0.9e-12, 1.1e-12])
        #expect(result.stillGroups == [1])
        #expect(result.gradient.values == [1, 0, 3, 4, 0, 6])
    }

    @Test func aGradientOfZeroIsNoCaseOfItsOwn() {
        let result = GradientConditioning(clip: 1, stillness: 1e-6)
            .condition(CoefficientMatrix(rows: 1, columns: 2), squaredGradientNorms: [0, 0])
        #expect(result.gradient.values == [0, 0])
        #expect(result.norm == 0)
    }
}
