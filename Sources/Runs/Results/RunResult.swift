import Soups
import Traces

/// What a method came to.
struct Soup {
    /// The method, or what was taken in its stead.
    var name: String
    /// Pool × groups.
    var alpha: CoefficientMatrix
    var temperature = 1.0
    /// Whether the statistics of its batch norms are measured.
    var isMeasured = false
    /// On the monitor.
    var monitored: TraceEvaluation?
    var findings: [RunFinding] = []
    /// Of what is learned.
    var learned: Learned?
    /// How it does on images that it had no part in; nil without folds.
    var judgement: Judgement?
    /// How the best ingredient does on the same images; nil as above.
    var best: Judgement?
    /// What it was chosen from, itself among them; empty where there was no choice.
    var candidates: [Candidate] = []

    struct Learned {
        /// Where the learning began: the mean of the folds' starts, pool × groups.
        let start: CoefficientMatrix
        /// By fold, pool × groups.
        let alphas: [CoefficientMatrix]
    }
}

extension Soup {
    /// Becomes what the learning began with, of which nothing is known but that it is not worse.
    mutating func fallBack(to start: CoefficientMatrix, _ reason: String) {
        (name, alpha, temperature, judgement, isMeasured) = ("start", start, 1, nil, false)
        findings.append(RunFinding(.warning, reason))
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
