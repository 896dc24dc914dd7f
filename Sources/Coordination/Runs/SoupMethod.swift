import Tensors

/// The ways of making a soup, by the names of the paper's systems.
///
/// A method that learns is a coefficient space and the ingredients it takes at a time; the others are recipes over
/// evaluations.
package enum SoupMethod: String, Sendable, CaseIterable {
    /// The ingredient that is most accurate on the held-out data.
    case best
    /// The mean of all ingredients.
    case uniform
    /// The mean of those ingredients that raise held-out accuracy, tried from the best on.
    case greedy
    /// Learned-Soup: a soft-max over the ingredients and a temperature, all ingredients at once.
    case learned
    /// Learned-Soup+: a soft-max for every tensor.
    case learnedPlus = "learned+"
    /// HL-Soup: coefficients that sum to one, all ingredients at once.
    case hl
    /// HL-Soup+: a coefficient per ingredient and tensor.
    case hlPlus = "hl+"
    /// MEHL-Soup: HL-Soup, a coefficient block at a time.
    case mehl
    /// MEHL-Soup+: HL-Soup+, a coefficient block at a time.
    case mehlPlus = "mehl+"

    /// What the coefficients may be.
    package enum Space: Sendable {
        /// They sum to one.
        case hyperplane
        /// They sum to one and none is negative.
        case simplex
    }

    /// Where the coefficients are learned; nil for a recipe.
    package var space: Space? {
        switch self {
        case .best, .uniform, .greedy: nil
        case .learned, .learnedPlus: .simplex
        case .hl, .hlPlus, .mehl, .mehlPlus: .hyperplane
        }
    }

    /// Whether the coefficients are learned.
    package var learns: Bool { space != nil }

    package var isPlus: Bool { rawValue.hasSuffix("+") }

    /// Whether all ingredients are optimised at once.
    package var takesAll: Bool { self != .mehl && self != .mehlPlus }

    package var granularity: Granularity { isPlus ? .tensor : .model }

    /// One line for people.
    package var explanation: String {
        switch self {
        case .best: "the most accurate ingredient"
        case .uniform: "the mean of all ingredients"
        case .greedy: "the mean of ingredients that raise held-out accuracy"
        case .learned: "Learned-Soup: a soft-max over ingredients"
        case .learnedPlus: "Learned-Soup+: a soft-max per tensor"
        case .hl: "HL-Soup: coefficients that sum to one"
        case .hlPlus: "HL-Soup+: the same, per tensor"
        case .mehl: "MEHL-Soup: HL-Soup, a coefficient block at a time"
        case .mehlPlus: "MEHL-Soup+: HL-Soup+, a coefficient block at a time"
        }
    }
}

/// How much a trace holds.
package enum TraceLevel: String, Sendable, CaseIterable {
    /// Coefficients and their gradient.
    case coefficients
    /// Every rank's part of the gradient, too.
    case shards
}
