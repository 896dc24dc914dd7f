import Tensors

/// A way of making a soup: its name, a sentence for people, and what it is made of.
///
/// The registry is `allCases`. A new method is a file of this folder with its value, and a line there.
package struct SoupMethod: Sendable {
    package enum Making: Sendable {
        /// Weights that evaluations alone give.
        case recipe(any SoupRecipe)
        /// Coefficients that are learned.
        case learned(Space)
        /// The best of these recipes and of a method that learns, out of fold.
        indirect case chosen(from: [any SoupRecipe], and: SoupMethod)
    }

    /// What learned coefficients may be.
    package enum Space: Sendable {
        /// They sum to one.
        case hyperplane
        /// They sum to one and none is negative.
        case simplex
    }

    package let rawValue: String
    /// One line for people.
    package let explanation: String
    let making: Making
    /// Whether every tensor or layer has coefficients of its own.
    package let isPlus: Bool
    /// Whether it is one of the systems that are compared where nothing is said: those of the paper.
    let isPublished: Bool
    /// Whether all ingredients are optimised at once, rather than a coefficient block at a time.
    package let takesAll: Bool
    /// Its settings where nothing is said, on top of those of all methods.
    let defaults: @Sendable (inout LearnSettings) -> Void

    init(
        _ name: String,
        _ explanation: String,
        _ making: Making,
        isPlus: Bool = false,
        takesAll: Bool = true,
        isPublished: Bool = true,
        defaults: @escaping @Sendable (inout LearnSettings) -> Void = { _ in }
    ) {
        rawValue = name
        self.explanation = explanation
        self.making = making
        self.isPlus = isPlus
        self.takesAll = takesAll
        self.isPublished = isPublished
        self.defaults = defaults
    }

    /// Where the coefficients are learned; nil for a recipe.
    package var space: Space? {
        switch making {
        case .recipe: nil
        case .learned(let space): space
        case .chosen(_, let learned): learned.space
        }
    }

    /// Whether coefficients are learned.
    package var learns: Bool { space != nil }

    /// The method of which one soup is made among several, of which one is written; nil where there is no choice.
    package var learnedAmongOthers: SoupMethod? {
        if case .chosen(_, let learned) = making { learned } else { nil }
    }

    /// Whether several soups are made, of which one is written.
    package var chooses: Bool { learnedAmongOthers != nil }

    package var granularity: Granularity { isPlus ? .tensor : .model }

    /// The recipes that go into it.
    var recipes: [any SoupRecipe] {
        switch making {
        case .recipe(let recipe): [recipe]
        case .learned: []
        case .chosen(let recipes, _): recipes
        }
    }
}

extension SoupMethod: CaseIterable, RawRepresentable, Hashable, CustomStringConvertible {
    /// All methods, in the order in which tables have them.
    package static let allCases: [SoupMethod] = [
        .best, .uniform, .greedy, .learned, .learnedPlus, .hl, .hlPlus, .mehl, .mehlPlus, .selection, .stack,
        .auto,
    ]

    /// Those that are compared where nothing is said.
    package static var compared: [SoupMethod] { allCases.filter(\.isPublished) }

    package init?(rawValue: String) {
        guard let method = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = method
    }

    package var description: String { rawValue }

    package static func == (left: SoupMethod, right: SoupMethod) -> Bool { left.rawValue == right.rawValue }

    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
