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

    package init(
        step: Int,
        subject: Subject,
        part: Part,
        ingredients: [Int] = [],
        loss: Double,
        correct: Int,
        samples: Int,
        isKept: Bool = false,
        distance: Double? = nil
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
    }

    package var accuracy: Double { Double(correct) / Double(max(samples, 1)) }

    /// What was evaluated, in words: "greedy of 3 on learning".
    var name: String {
        let what = ingredients.count > 1 ? "\(subject.rawValue) of \(ingredients.count)" : subject.rawValue
        return "\(what) on \(part.rawValue)"
    }
}
