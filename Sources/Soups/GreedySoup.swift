/// Means of ingredients, and how well they do on the held-out data.
package protocol SoupTrials {
    /// How well the mean of the members so far and one more ingredient does.
    mutating func score(with ingredient: Int) throws -> SoupScore

    /// The ingredient that was scored last has become a member, or has not.
    mutating func decide(_ ingredient: Int, isMember: Bool) throws
}

/// The greedy soup (Wortsman et al., ICML 2022).
///
/// Ingredients are tried from the most accurate on; one that raises the accuracy of the running mean strictly is kept.
package enum GreedySoup {
    /// Ingredients from the most accurate to the least; equals in the pool's order.
    package static func order(_ scores: [SoupScore]) -> [Int] {
        scores.indices.sorted { left, right in
            let (leftScore, rightScore) = (scores[left].accuracy, scores[right].accuracy)
            return leftScore == rightScore ? left < right : leftScore > rightScore
        }
    }

    /// The members, in the order in which they came; `scores` are those of the ingredients by themselves.
    package static func members(_ scores: [SoupScore], _ trials: inout some SoupTrials) throws -> [Int] {
        var members: [Int] = []
        var best = -Double.infinity
        for ingredient in order(scores) {
            let score = members.isEmpty ? scores[ingredient] : try trials.score(with: ingredient)
            let isMember = score.accuracy > best
            try trials.decide(ingredient, isMember: isMember)
            guard isMember else { continue }
            best = score.accuracy
            members.append(ingredient)
        }
        return members
    }
}
