import Foundation
import Randomness
import Testing

@testable import Ensembles

/// Against PyTorch: Fixtures/make_stack.py.
@Suite struct ReferenceTests {
    struct Fixture: Decodable {
        let classes: Int
        let labels: [Int32]
        let logits: [[Float]]
        let temperatures: [Double]
        let losses: [Double]
        let ridge: Double
        let weights: [Double]
        let stackTemperature: Double

        enum CodingKeys: String, CodingKey {
            case classes, labels, logits, temperatures, ridge, weights
            case losses = "losses_at_0.7"
            case stackTemperature = "stack_temperature"
        }

        var data: LabelledPredictions {
            LabelledPredictions(
                models: logits.map { Predictions(classes: classes, logits: $0) },
                labels: labels
            )
        }
    }

    static func fixture() throws -> Fixture {
        let url = try #require(
            Bundle.module.url(forResource: "stack", withExtension: "json", subdirectory: "Fixtures")
        )
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }

    @Test func lossesAreTheCrossEntropy() throws {
        let fixture = try Self.fixture()
        let found = losses(fixture.data.models[0], fixture.labels, temperature: 0.7)
        for (own, expected) in zip(found, fixture.losses) {
            #expect(abs(own - expected) <= 1e-6 * max(1, expected))
        }
        #expect(found.count == fixture.losses.count)
    }

    @Test func temperaturesAreWhereTheLossIsLeast() throws {
        let fixture = try Self.fixture()
        for (model, expected) in zip(fixture.data.models, fixture.temperatures) {
            #expect(abs(Temperature.best(model, fixture.labels) - expected) <= 1e-6 * expected)
        }
    }

    @Test func theStackIsPyTorchs() throws {
        let fixture = try Self.fixture()
        let weights = Stack.weights(fixture.data, ridge: fixture.ridge)
        #expect(abs(weights.reduce(0, +) - 1) <= 1e-12)
        for (own, expected) in zip(weights, fixture.weights) { #expect(abs(own - expected) <= 1e-6) }
        let temperature = Temperature.best(fixture.data.mixed(weights), fixture.labels)
        #expect(abs(temperature - fixture.stackTemperature) <= 1e-5 * temperature)
    }

    /// The stack's gradient and Hessian against central differences.
    @Test func derivativesAreThoseOfTheLoss() throws {
        let fixture = try Self.fixture()
        let problem = StackProblem(fixture.data, ridge: 0.1)
        let place = [0.4, -0.2, 0.7]
        let point = problem.evaluate(place)
        let step = 1e-5
        for row in place.indices {
            func moved(_ length: Double) -> StackProblem.Point {
                var weights = place
                weights[row] += length
                return problem.evaluate(weights)
            }
            let (up, down) = (moved(step), moved(-step))
            #expect(abs((up.loss - down.loss) / (2 * step) - point.gradient[row]) <= 1e-8)
            for column in place.indices {
                let slope = (up.gradient[column] - down.gradient[column]) / (2 * step)
                #expect(abs(slope - point.hessian[row * 3 + column]) <= 1e-7)
            }
        }
    }
}
