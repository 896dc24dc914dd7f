import Traces

/// The course of a run, a few numbers a step: what its report draws and its findings are made of.
package struct RunHistory: Sendable {
    package struct Block: Sendable {
        /// Steps of the run before it.
        package let firstStep: Int
        package let ingredients: [Int]
    }

    package private(set) var losses: [Double] = []
    package private(set) var accuracies: [Double] = []
    package private(set) var gradientNorms: [Double] = []
    package private(set) var learningRates: [Double] = []
    package private(set) var blocks: [Block] = []
    package var evaluations: [TraceEvaluation] = []
    /// ‖w[k,l] − c[l]‖ where each ingredient was last entered, ingredient → groups.
    package private(set) var distances: [Int: [Double]] = [:]
    /// Seconds per phase on rank 0, over all steps.
    package private(set) var phaseSeconds = [Double](repeating: 0, count: TracePhase.allCases.count)
    /// Payload bytes that a rank sent in steps, summed over the steps: the mean of the ranks.
    private(set) var stepBytesPerRank = 0.0

    package init() {}

    /// Takes in a record of either trace, as it is written or as it was.
    mutating func take(_ record: TraceRecord) {
        switch record {
        case .coefficientBlock(let block):
            blocks.append(Block(firstStep: losses.count, ingredients: block.ingredients))
            let groups = block.norms.count / max(block.ingredients.count, 1)
            for (row, ingredient) in block.ingredients.enumerated() {
                distances[ingredient] = Array(block.norms[row * groups..<(row + 1) * groups])
            }
        case .step(let step):
            losses.append(step.loss)
            accuracies.append(step.accuracy)
            gradientNorms.append(step.gradientNorm)
            learningRates.append(step.learningRate)
        case .evaluation(let evaluation): evaluations.append(evaluation)
        case .rankStep(let step):
            for (index, value) in step.ranks[0].phaseSeconds.enumerated() where index < phaseSeconds.count {
                phaseSeconds[index] += value
            }
            let sent = step.ranks.map(\.bytesSent).reduce(0) { $0.addingReportingOverflow($1).partialValue }
            stepBytesPerRank += Double(sent) / Double(step.ranks.count)
        case .header, .ranksHeader, .footer: break
        }
    }

    /// The looks at the monitor, in order.
    package var looks: [TraceEvaluation] {
        evaluations.filter { $0.subject == .iterate && $0.part == .monitor }
    }
}
