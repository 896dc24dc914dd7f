import Tensors

/// The ways of learning a soup, by the names of the paper's systems.
package enum SoupMethod: String, Sendable, CaseIterable {
    /// MEHL-Soup: one coefficient per ingredient, a coefficient block at a time.
    case mehl
    /// MEHL-Soup+: a coefficient per ingredient and tensor, a coefficient block at a time.
    case mehlPlus = "mehl+"
    /// HL-Soup: all ingredients in one coefficient block.
    case hl
    /// HL-Soup+.
    case hlPlus = "hl+"

    package var isPlus: Bool { self == .mehlPlus || self == .hlPlus }

    /// Whether all ingredients are optimised at once.
    package var takesAll: Bool { self == .hl || self == .hlPlus }

    package var granularity: Granularity { isPlus ? .tensor : .model }
}

/// How much a trace holds.
package enum TraceLevel: String, Sendable, CaseIterable {
    /// Coefficients and their gradient.
    case coefficients
    /// Every rank's part of the gradient, too.
    case shards
}
