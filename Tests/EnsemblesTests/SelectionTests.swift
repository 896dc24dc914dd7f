import Randomness
import Testing

@testable import Ensembles

@Suite struct SelectionTests {
    /// Two models that are each right where the other is not, among four that guess.
    static func complementary(_ samples: Int = 400) -> LabelledPredictions {
        var stream = RandomStream(seed: 3)
        let labels = (0..<samples).map { _ in Int32(stream.permutation(of: 5)[0]) }
        let models = (0..<6).map { model in
            var logits: [Float] = []
            for (sample, label) in labels.enumerated() {
                let knows = model < 2 && (sample % 4 == 0 || sample % 2 == model)
                logits += (0..<5).map { Float(stream.normal()) + ($0 == Int(label) && knows ? 4 : 0) }
            }
            return Predictions(classes: 5, logits: logits)
        }
        return LabelledPredictions(models: models, labels: labels)
    }

    @Test func whatBelongsTogetherIsFound() {
        let data = Self.complementary()
        let weights = Selection.weights(data, seed: 1)
        #expect(abs(weights.reduce(0, +) - 1) < 1e-12 && weights.allSatisfy { $0 >= 0 })
        #expect(weights[0] > 0.2 && weights[1] > 0.2 && weights[0] + weights[1] > 0.7, "\(weights)")
        #expect(Selection.weights(data, seed: 1) == weights)
        #expect(Selection.weights(data, seed: 2) != weights)
        // A bag of all takes nothing of the others at all.
        let whole = Selection.weights(data, seed: 1, bags: 1, samplesOfABag: 1, modelsOfABag: 1)
        #expect(whole[2...].allSatisfy { $0 < 0.1 }, "\(whole)")
    }

    /// Round by round it is the greedy choice, by the definition written out.
    @Test func everyRoundTakesWhatLowersTheLossMost() {
        var stream = RandomStream(seed: 8)
        let rows = (0..<4).map { _ in (0..<30).map { _ in stream.uniform(in: 0.01...1) } }
        let taken = Selection.select(rows, Array(0..<30), 12)
        for round in taken.indices {
            let scores = rows.indices.map { candidate in
                (0..<30).map { sample in
                    let members = taken[..<round].map { rows[$0][sample] } + [rows[candidate][sample]]
                    return -(members.reduce(0, +) / Double(members.count)).logarithm
                }.reduce(0, +)
            }
            let least = scores.min() ?? .nan
            #expect(abs(scores[taken[round]] - least) <= 1e-9 * abs(least))
        }
    }

    @Test func whatIsOfNoUseGetsEqualWeights() {
        let constant = Predictions(classes: 2, logits: [Float](repeating: 0, count: 8))
        let wild = Predictions(classes: 2, logits: [.nan, 1, 2, .infinity, 0, 0, 0, 0])
        let labels: [Int32] = [0, 1, 0, 1]
        let wildOnes = LabelledPredictions(models: [wild, wild], labels: labels)
        #expect(Selection.weights(wildOnes, seed: 1) == [0.5, 0.5])
        #expect(Stack.weights(wildOnes, ridge: 0.01) == [0.5, 0.5])
        let alone = LabelledPredictions(models: [constant], labels: labels)
        #expect(Selection.weights(alone, seed: 1) == [1] && Stack.weights(alone, ridge: 0) == [1])
        let none = LabelledPredictions(models: [constant, constant].map { $0.rows([]) }, labels: [])
        #expect(
            Selection.weights(none, seed: 1) == [0.5, 0.5] && Stack.weights(none, ridge: 0) == [0.5, 0.5]
        )
        let same = LabelledPredictions(models: [constant, constant], labels: labels)
        #expect(Stack.weights(same, ridge: 0.01) == [0.5, 0.5])
    }

    /// One model that overflows takes no part; the others' weights are as without it.
    @Test func whatIsNotFiniteGetsNoWeight() {
        let data = Self.complementary()
        let wild = Predictions(classes: 5, logits: data.models[0].logits.map { $0 + .infinity })
        var models = data.models
        models.insert(wild, at: 2)
        let more = LabelledPredictions(models: models, labels: data.labels)
        func without(_ weights: [Double]) -> [Double] {
            #expect(weights[2] == 0)
            return weights.indices.filter { $0 != 2 }.map { weights[$0] }
        }
        #expect(without(Selection.weights(more, seed: 1)) == Selection.weights(data, seed: 1))
        #expect(without(Stack.weights(more, ridge: 0.01)) == Stack.weights(data, ridge: 0.01))
    }

    /// Of many models no weight is large, and the two that know are found nevertheless.
    @Test func manyModelsKeepSmallWeights() {
        let data = Self.complementary()
        let many = LabelledPredictions(
            models: (0..<12).flatMap { _ in data.models },
            labels: data.labels
        )
        let weights = Selection.weights(many, seed: 1)
        let knowing = weights.indices.filter { $0 % 6 < 2 }.map { weights[$0] }.reduce(0, +)
        #expect(knowing > 0.7, "\(weights)")
        #expect(abs(weights.reduce(0, +) - 1) < 1e-12)
        #expect(Selection.least(of: 8) == 0.02 && Selection.least(of: 72) == 0.005)
    }

    /// Where all is right, the loss falls without end: the temperature stops at its limit.
    @Test func temperaturesHaveALimit() {
        let right = Predictions(classes: 2, logits: [1, 0, 0, 1])
        #expect(Temperature.best(right, [0, 1]) > 100)
        #expect(Temperature.best(right, [0, 1]) <= Temperature.most)
        #expect(Temperature.best(right, [1, 0]) < 1e-3)
        #expect(Temperature.best(Predictions(classes: 2, logits: [0, 0]), [0]) == 1)
        #expect(Temperature.best(Predictions(classes: 2, logits: [.nan, 0]), [0]) == 1)
        #expect(
            losses(Predictions(classes: 2, logits: [.nan, 0, 1, 1]), [0, 0], temperature: 1)[0] == .infinity
        )
    }
}

#if canImport(Glibc)
import Glibc
#endif

extension Double {
    fileprivate var logarithm: Double { log(self) }
}
