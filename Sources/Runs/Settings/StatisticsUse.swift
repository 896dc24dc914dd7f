import Coordination
import Diagnostics

/// What a soup gets for the statistics of its batch norms.
package enum StatisticsUse: String, Sendable, CaseIterable {
    /// The same mixture as the weights beside them.
    case mixed
    /// What images make of the mixed weights.
    case measured
}

/// Statistics that are to be measured and cannot be.
package struct StatisticsError: InputError {
    package let description: String

    private init(_ option: String, _ inputs: RunInputs) {
        let images = inputs.measuring.map { inputs.datasets[$0].count } ?? 0
        description =
            "\(option): expected several models with batch norms (of a --graph), and at least "
            + "\(StatisticsMeter.fewestImages) images to measure statistics on, found \(inputs.pool.count) of "
            + "\(inputs.model.family), \(inputs.model.statistics.count) statistics, \(images) images"
    }

    /// Throws where they cannot be measured.
    ///
    /// * `option`: what asks for them
    package static func check(_ inputs: RunInputs, option: String) throws {
        if !inputs.canMeasureStatistics { throw StatisticsError(option, inputs) }
    }
}
