#if canImport(Glibc)
import Glibc
#endif

/// AdamW with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), with PyTorch's order of operations.
package struct AdamW: Sendable, Equatable, Codable {
    package var weightDecay: Double
    package var beta1 = 0.9
    package var beta2 = 0.999
    package var epsilon = 1e-8
    /// Updates done.
    package private(set) var updates = 0
    /// Running mean of the gradient.
    package private(set) var firstMoments: [Double]
    /// Running mean of the squared gradient.
    package private(set) var secondMoments: [Double]

    package init(count: Int, weightDecay: Double) {
        self.weightDecay = weightDecay
        firstMoments = Array(repeating: 0, count: count)
        secondMoments = firstMoments
    }

    /// Whether these values, which came out of a file, can be those of an optimizer of so many parameters.
    func isSound(parameters: Int) -> Bool {
        updates >= 0 && updates < .max
            && [firstMoments, secondMoments].allSatisfy {
                $0.count == parameters && $0.allSatisfy(\.isFinite)
            }
    }

    package mutating func update(_ parameters: inout [Double], gradient: [Double], learningRate: Double) {
        precondition(parameters.count == firstMoments.count && gradient.count == firstMoments.count)
        updates += 1
        let stepSize = learningRate / (1 - pow(beta1, Double(updates)))
        let secondScale = (1 - pow(beta2, Double(updates))).squareRoot()
        for index in parameters.indices {
            let slope = gradient[index]
            parameters[index] *= 1 - learningRate * weightDecay
            firstMoments[index] += (1 - beta1) * (slope - firstMoments[index])
            secondMoments[index] = beta2 * secondMoments[index] + (1 - beta2) * slope * slope
            let denominator = secondMoments[index].squareRoot() / secondScale + epsilon
            parameters[index] -= stepSize * firstMoments[index] / denominator
        }
    }
}
