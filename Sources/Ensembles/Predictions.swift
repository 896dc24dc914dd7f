/// Logits of one model on some samples.
package struct Predictions: Sendable, Equatable {
    package let classes: Int
    /// Samples × classes, sample after sample.
    package let logits: [Float]

    package init(classes: Int, logits: [Float]) {
        precondition(classes > 0 && logits.count.isMultiple(of: classes))
        self.classes = classes
        self.logits = logits
    }

    /// Samples.
    package var count: Int { logits.count / classes }

    /// Those on some samples, in the order named.
    package func rows(_ samples: [Int]) -> Predictions {
        var rows: [Float] = []
        rows.reserveCapacity(samples.count * classes)
        for sample in samples { rows += logits[sample * classes..<(sample + 1) * classes] }
        return Predictions(classes: classes, logits: rows)
    }

    /// Whether the greatest logit (the first of equals) is the label's.
    package func isRight(_ sample: Int, label: Int32) -> Bool {
        let row = logits[sample * classes..<(sample + 1) * classes]
        var best = row.startIndex
        for index in row.indices where row[index] > row[best] { best = index }
        return best - row.startIndex == Int(label)
    }

    var isFinite: Bool { logits.allSatisfy(\.isFinite) }
}

/// Logits of several models on the same samples, and the samples' classes.
package struct LabelledPredictions: Sendable, Equatable {
    package let models: [Predictions]
    /// One per sample.
    package let labels: [Int32]

    package init(models: [Predictions], labels: [Int32]) {
        precondition(models.allSatisfy { $0.count == labels.count && $0.classes == models[0].classes })
        self.models = models
        self.labels = labels
    }

    /// Those on some samples, in the order named.
    package func restricted(to samples: [Int]) -> LabelledPredictions {
        LabelledPredictions(models: models.map { $0.rows(samples) }, labels: samples.map { labels[$0] })
    }

    /// The weights that `weigh` gives the models whose logits are finite numbers; the others get none.
    func weightingFinite(_ weigh: (LabelledPredictions) -> [Double]) -> [Double] {
        let sound = models.indices.filter { models[$0].isFinite }
        guard sound.count < models.count, !sound.isEmpty else { return weigh(self) }
        var weights = [Double](repeating: 0, count: models.count)
        let found = weigh(LabelledPredictions(models: sound.map { models[$0] }, labels: labels))
        for (model, weight) in zip(sound, found) { weights[model] = weight }
        return weights
    }

    /// The weighted sum of the models' logits.
    package func mixed(_ weights: [Double]) -> Predictions {
        precondition(weights.count == models.count && !models.isEmpty)
        var sums = [Double](repeating: 0, count: models[0].logits.count)
        for (model, weight) in zip(models, weights) where weight != 0 {
            for index in sums.indices { sums[index] += weight * Double(model.logits[index]) }
        }
        return Predictions(classes: models[0].classes, logits: sums.map { Float($0) })
    }
}
