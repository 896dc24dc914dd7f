/// Some soup was evaluated.
package struct TraceEvaluation: Sendable, Equatable {
    package enum Subject: String, Sendable, CaseIterable {
        /// The soup as it is being learned.
        case iterate
        /// An ingredient by itself.
        case ingredient
        /// The mean of `ingredients`.
        case mean
        /// The mean of `ingredients`, the last of which is on trial in the greedy soup.
        case greedy
        /// What `method` makes of the data without a fold, on that fold: all folds together.
        case candidate
    }

    /// Part of the held-out data.
    package enum Part: String, Sendable, CaseIterable {
        case all
        /// What the coefficients are learned on.
        case learning
        /// What is set aside.
        case monitor
        /// Some of what the coefficients are learned on.
        case trial
        /// The same, for the first look at the ingredients.
        case look
        /// Every fold, judged by soups that never saw it.
        case outOfFold = "out of fold"
    }

    /// Steps of the run that were done.
    package var step: Int
    package var subject: Subject
    package var part: Part
    /// Places in the header's list; none for an iterate.
    package var ingredients: [Int]
    /// Mean over the samples, at temperature 1.
    package var loss: Double
    package var correct: Int
    package var samples: Int
    /// Of an iterate: the best of its coefficient block so far; of the greedy soup: the last ingredient is a member.
    package var isKept: Bool
    /// ‖w − mean of all ingredients‖ of an ingredient; nil where it was not measured.
    package var distance: Double?
    /// Of a candidate, the method that made it.
    package var method: String?
    /// Of a candidate, how it does at the temperature that suits it best.
    package var calibration: Calibration?

    /// Logits multiplied by what makes their loss least.
    package struct Calibration: Sendable, Equatable {
        package var temperature: Double
        package var loss: Double

        package init(temperature: Double, loss: Double) {
            self.temperature = temperature
            self.loss = loss
        }
    }

    package init(
        step: Int,
        subject: Subject,
        part: Part,
        ingredients: [Int] = [],
        loss: Double,
        correct: Int,
        samples: Int,
        isKept: Bool = false,
        distance: Double? = nil,
        method: String? = nil,
        calibration: Calibration? = nil
    ) {
        self.step = step
        self.subject = subject
        self.part = part
        self.ingredients = ingredients
        self.loss = loss
        self.correct = correct
        self.samples = samples
        self.isKept = isKept
        self.distance = distance
        self.method = method
        self.calibration = calibration
    }

    package var accuracy: Double { Double(correct) / Double(max(samples, 1)) }

    /// What was evaluated, in words: "greedy of 3 on learning".
    var name: String {
        if let method { return "\(method) \(part.rawValue)" }
        let what = ingredients.count > 1 ? "\(subject.rawValue) of \(ingredients.count)" : subject.rawValue
        return "\(what) on \(part.rawValue)"
    }
}
