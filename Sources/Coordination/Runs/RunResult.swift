import Soups
import Traces

/// What a method came to.
struct Soup {
    /// The method, or what was taken in its stead.
    var name: String
    /// Pool × groups.
    var alpha: CoefficientMatrix
    var temperature = 1.0
    /// On the monitor.
    var monitored: TraceEvaluation?
    var findings: [RunFinding] = []
    /// Where the learning began; nil of what is not learned.
    var start: Start?

    struct Start {
        let name: String
        /// Pool × groups.
        let alpha: CoefficientMatrix
    }
}

/// What a run came to, for tables and pictures.
package struct RunResult: Sendable {
    package let metrics: RunMetrics
    /// Pool × groups.
    package let alpha: CoefficientMatrix
    /// File names.
    package let ingredients: [String]
    package let groups: [TraceHeader.Group]
    package let history: RunHistory
    package let options: [(name: String, value: String)]
}

extension RunResult {
    /// Each ingredient's coefficients, weighted with their groups' parameters.
    package var effectiveCoefficients: [Double] {
        let sizes = groups.map { Double($0.parameters) }
        let total = sizes.reduce(0, +)
        return (0..<alpha.rows).map { row in
            sizes.indices.map { sizes[$0] * alpha[row, $0] }.reduce(0, +) / total
        }
    }
}
