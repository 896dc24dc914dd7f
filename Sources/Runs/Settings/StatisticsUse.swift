/// What a soup gets for the statistics of its batch norms.
package enum StatisticsUse: String, Sendable, CaseIterable {
    /// The same mixture as the weights beside them.
    case mixed
    /// What held-out images make of the mixed weights.
    case measured
}
