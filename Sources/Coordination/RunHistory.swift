import Soups
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

    package init() {}

    mutating func didEnter(_ block: CoefficientBlock, _ distances: CoefficientMatrix) {
        blocks.append(Block(firstStep: losses.count, ingredients: block.ingredients))
        for (row, ingredient) in block.ingredients.enumerated() {
            self.distances[ingredient] = (0..<distances.columns).map { distances[row, $0] }
        }
    }

    mutating func didStep(_ record: SoupStepRecord) {
        losses.append(record.score.loss)
        accuracies.append(record.score.accuracy)
        gradientNorms.append(record.gradientNorm)
        learningRates.append(record.learningRate)
    }

    /// The looks at the monitor, in order.
    package var looks: [TraceEvaluation] {
        evaluations.filter { $0.subject == .iterate && $0.part == .monitor }
    }
}
