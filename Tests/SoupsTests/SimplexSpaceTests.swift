import Foundation
import Soups
import Testing

@Suite struct SimplexSpaceTests {
    static let space = SimplexSpace(
        distances: CoefficientMatrix(rows: 3, columns: 2, repeating: 1),
        alpha: CoefficientMatrix(rows: 3, columns: 2, repeating: 1.0 / 3),
        settings: SoupSettings(batchesPerEpoch: 1)
    )

    @Test func itStartsAtTheMeanWithTemperatureOne() {
        let shares = Self.space.displacement(at: Self.space.start).values
        #expect(isClose(shares, Array(repeating: 1.0 / 3, count: 6), atol: 1e-15))
        #expect(Self.space.temperature(at: Self.space.start) == 1)
    }

    @Test func aSoftMaxPerGroup() {
        let parameters = [log(1.0), 900, log(2.0), 901, log(5.0), 899, 1.5]
        let shares = Self.space.displacement(at: parameters)
        #expect(isClose([shares[0, 0], shares[1, 0], shares[2, 0]], [0.125, 0.25, 0.625], atol: 1e-15))
        let sum = exp(-1.0) + 1 + exp(-2.0)
        #expect(
            isClose(
                [shares[0, 1], shares[1, 1], shares[2, 1]],
                [exp(-1.0) / sum, 1 / sum, exp(-2.0) / sum],
                atol: 1e-15
            )
        )
        #expect(Self.space.temperature(at: parameters) == 1.5)
    }

    /// Against central differences of a smooth function of s and β.
    @Test func chainRule() {
        func value(_ parameters: [Double]) -> Double {
            let shares = Self.space.displacement(at: parameters)
            let temperature = Self.space.temperature(at: parameters)
            return zip(shares.values, [3, -1, 0.5, 2, 0.25, -4]).map { temperature * $1 * $0 * $0 }.reduce(
                0,
                +
            )
        }
        let parameters = [0.3, -0.2, 0.9, 0.1, -0.5, 0.7, 1.25]
        let shares = Self.space.displacement(at: parameters)
        var slope = SoupSlope(displacement: shares)
        for (index, weight) in [3, -1, 0.5, 2, 0.25, -4].enumerated() {
            slope.displacement.values[index] = 1.25 * 2 * weight * shares.values[index]
        }
        slope.temperature = value(parameters) / 1.25
        let gradient = Self.space.gradient(at: parameters, of: slope)
        for index in parameters.indices {
            var (up, down) = (parameters, parameters)
            up[index] += 1e-5
            down[index] -= 1e-5
            #expect(abs(gradient[index] - (value(up) - value(down)) / 2e-5) < 1e-9, "parameter \(index)")
        }
    }

    /// The soup that is nearest to a target outside of the ingredients' triangle lies on its edge.
    @Test func theNearestSoupOfTheTriangleIsFound() throws {
        var quadratic = Quadratic(
            groupSizes: [2],
            ingredients: [[0, 0], [1, 0], [0, 1]],
            target: [0.5, -1]
        )
        var settings = SoupSettings(batchesPerEpoch: 400)
        settings.blockSize = 3
        settings.learningRate = 0.05
        settings.clip = 0
        settings.warmup = 0
        settings.schedule = .constant
        var learner = SimplexLearner(
            settings: settings,
            ingredientCount: 3,
            groupCount: 1,
            start: .mean(of: [0, 1, 2])
        )
        var recorder = Recorder()
        let alpha = try learner.run(objective: &quadratic, observer: &recorder)
        #expect(isClose(alpha.values, [0.5, 0.5, 0], atol: 5e-3))
        #expect(alpha.values.allSatisfy { $0 > 0 })
        #expect(isClose(alpha.columnSums, [1], atol: 1e-15))
        #expect(Set(recorder.records.map(\.learningRate)) == [0.05])
    }
}
