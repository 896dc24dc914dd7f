import Soups
import Testing

@Suite struct HyperplaneSpaceTests {
    static let distances = CoefficientMatrix(rows: 2, columns: 3, values: [2, 0, 0.25, 4, 0, 1e-8])
    static let space = HyperplaneSpace(
        distances: distances,
        alpha: CoefficientMatrix(rows: 2, columns: 3, repeating: 0.5),
        settings: SoupSettings(batchesPerEpoch: 1)
    )

    @Test func aUnitOfXIsAUnitOfWeight() {
        let displacement = Self.space.displacement(at: [1, 1, 1, -1, 1, 1])
        #expect(displacement.values == [0.5, 0, 4, -0.25, 0, 0])
        #expect(Self.space.start == [0, 0, 0, 0, 0, 0])
    }

    @Test func chainRule() {
        let gradient = CoefficientMatrix(rows: 2, columns: 3, values: [6, 7, 8, 9, 10, 11])
        let slopes = Self.space.gradient(at: Self.space.start, of: SoupSlope(displacement: gradient))
        #expect(slopes == [3, 0, 32, 2.25, 0, 0])
    }

    /// With full directions x is s itself, but where an ingredient is fixed.
    @Test func fullDirectionsAndASharedCoefficient() {
        var settings = SoupSettings(batchesPerEpoch: 1)
        settings.directions = .full
        settings.learningRate = 0.02
        settings.sharedLearningRate = 0.06
        let space = HyperplaneSpace(
            distances: Self.distances,
            alpha: CoefficientMatrix(rows: 2, columns: 3, repeating: 0.5),
            settings: settings
        )
        #expect(space.start == Array(repeating: 0, count: 8))
        let displacement = space.displacement(at: [1, 2, 3, 4, 5, 6, 0.5, -1])
        #expect(isClose(displacement.values, [2.5, 0, 4.5, 1, 0, 0], atol: 1e-14))
        let slope = CoefficientMatrix(rows: 2, columns: 3, values: [6, 7, 8, 9, 10, 11])
        let gradient = space.gradient(at: space.start, of: SoupSlope(displacement: slope))
        #expect(isClose(gradient, [6, 0, 8, 9, 0, 0, 42, 27], atol: 1e-13))
    }

    /// AdamW moves the shared coefficient by its own learning rate, whatever the slope's size.
    @Test func theSharedCoefficientHasItsOwnLearningRate() throws {
        var settings = SoupSettings(batchesPerEpoch: 1)
        settings.directions = .full
        settings.learningRate = 0.02
        settings.sharedLearningRate = 0.06
        let space = HyperplaneSpace(
            distances: CoefficientMatrix(rows: 1, columns: 2, repeating: 1),
            alpha: CoefficientMatrix(rows: 1, columns: 2, repeating: 0),
            settings: settings
        )
        var parameters = space.start
        var optimizer = AdamW(count: parameters.count, weightDecay: 0)
        let slope = SoupSlope(displacement: CoefficientMatrix(rows: 1, columns: 2, values: [-3, -0.5]))
        optimizer.update(
            &parameters,
            gradient: space.gradient(at: parameters, of: slope),
            learningRate: settings.learningRate
        )
        #expect(isClose(space.displacement(at: parameters).values, [0.08, 0.08], atol: 1e-8))
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
