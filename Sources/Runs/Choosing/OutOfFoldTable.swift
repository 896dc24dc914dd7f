import Ensembles

/// How soups do on held-out images that they had no part in, as `metrics.json` has it.
package struct OutOfFoldTable: Codable, Sendable, Equatable {
    package struct Row: Codable, Sendable, Equatable {
        /// The method that makes such soups.
        package let method: String
        /// Where these lie between the soups of two methods; nil of what one method makes.
        package let way: Way?
        package let accuracy: Double
        /// The 95% interval (Wilson) of the accuracy.
        package let low: Double
        package let high: Double
        /// Mean cross-entropy at `temperature`, the one that suits the soup best; nil where it is not finite.
        package let loss: Double?
        package let temperature: Double
        /// How much more accurate it is than the best ingredient, on the same images; nil of the best ingredient itself.
        package let gain: Gain?
        /// How much lower its loss is than the best ingredient's, each at its best temperature.
        package let lossGain: Gain?
    }

    /// A paired difference.
    package struct Gain: Codable, Sendable, Equatable {
        package let mean: Double
        package let standardError: Double
        /// The 95% interval; where soups differ by fold it is wider than the standard error makes it, for they share images.
        package let low: Double
        package let high: Double

        /// Nil where it is not finite.
        init?(_ gain: PairedGain) {
            guard gain.mean.isFinite, gain.standardError.isFinite else { return nil }
            mean = gain.mean
            standardError = gain.standardError
            (low, high) = (gain.interval.lowerBound, gain.interval.upperBound)
        }
    }

    package let folds: Int
    package let samples: Int
    /// The best ingredient first, then the others in the order in which they were made.
    package let rows: [Row]
    /// The place of what was written.
    package let written: Int

    package var best: Row { rows[0] }
    package var soup: Row { rows[written] }

    /// Nil where nothing was judged out of fold.
    init?(_ soup: Soup, folds: Int) {
        guard let own = soup.judgement, let best = soup.best else { return nil }
        let name = BestRecipe().name
        var judged = soup.candidates.filter { $0.name != name }.map { ($0.name, $0.way, $0.judgement) }
        if judged.isEmpty, soup.name != name { judged = [(soup.name, nil, own)] }
        self.folds = folds
        samples = own.isRight.count
        rows = [Row(name, nil, best, over: nil)] + judged.map { Row($0, $1, $2, over: best) }
        written = rows.firstIndex { $0.method == soup.name } ?? 0
    }
}

extension OutOfFoldTable.Row {
    /// One line for people.
    package var explanation: String {
        way?.explanation ?? SoupMethod(rawValue: method)?.explanation ?? method
    }

    fileprivate init(_ method: String, _ way: Way?, _ judgement: Judgement, over best: Judgement?) {
        self.method = method
        self.way = way
        let count = judgement.isRight.count
        accuracy = Double(judgement.isRight.count { $0 }) / Double(max(count, 1))
        let interval = wilsonInterval(accuracy, count: count)
        (low, high) = (interval.lowerBound, interval.upperBound)
        loss = judgement.meanLoss.isFinite ? judgement.meanLoss : nil
        temperature = judgement.temperature
        gain = best.flatMap { OutOfFoldTable.Gain(judgement.accuracyGain(over: $0)) }
        lossGain = best.flatMap { OutOfFoldTable.Gain(judgement.lossGain(over: $0)) }
    }
}
