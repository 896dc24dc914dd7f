/// How much a trace holds.
package enum TraceLevel: String, Sendable, CaseIterable {
    /// Coefficients and their gradient.
    case coefficients
    /// Every rank's part of the gradient, too.
    case shards
}
