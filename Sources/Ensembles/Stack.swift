#if canImport(Glibc)
import Glibc
#endif

/// A stack of models by logistic regression (Wolpert, 1992; Breiman, 1996): the weighted sum of their logits that answers
/// best.
///
/// Minimises E[cross-entropy of Σₖ u[k]·Z[k]] + ridge/β₀²·Σₖ (u[k] − ū)² over u, one number a model: convex, and solved by
/// Newton's steps. With β = Σₖ u[k] the weights are v = u/β: they sum to one, signs free, and β is the stack's temperature.
/// β₀, the temperature of the models' mean, makes the ridge one on the weights, Σₖ (v[k] − 1/M)², whatever the scale of the
/// logits: it draws the weights together and leaves the temperature alone.
package enum Stack {
    /// One weight per model, none where a model's logits are not finite; equal ones where no model's are of use.
    package static func weights(_ data: LabelledPredictions, ridge: Double) -> [Double] {
        data.weightingFinite { weightsOfFinite($0, ridge: ridge) }
    }

    private static func weightsOfFinite(_ data: LabelledPredictions, ridge: Double) -> [Double] {
        let count = data.models.count
        let equal = [Double](repeating: 1 / Double(max(count, 1)), count: count)
        guard count > 1, !data.labels.isEmpty, data.models.allSatisfy(\.isFinite) else { return equal }
        let start = min(max(Temperature.best(data.mixed(equal), data.labels), 0.01), 100)
        let problem = StackProblem(data, ridge: ridge / (start * start))
        let solution = problem.minimum(from: equal.map { $0 * start })
        let sum = solution.reduce(0, +)
        let size = solution.reduce(0) { $0 + abs($1) }
        guard sum > 0.01 * size, sum.isFinite else { return equal }
        return solution.map { $0 / sum }
    }
}

/// The stack's loss with its derivatives.
struct StackProblem {
    private let data: LabelledPredictions
    private let ridge: Double
    private let models: Int
    private let classes: Int

    struct Point {
        var loss = 0.0
        var gradient: [Double]
        /// Row by row, symmetric.
        var hessian: [Double]
    }

    init(_ data: LabelledPredictions, ridge: Double) {
        self.data = data
        self.ridge = ridge
        models = data.models.count
        classes = data.models[0].classes
    }

    /// Newton's method with halved steps.
    func minimum(from start: [Double]) -> [Double] {
        var present = start
        var point = evaluate(present)
        for _ in 0..<50 {
            let size = point.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard size > 1e-9, let step = solve(point.hessian, point.gradient) else { break }
            let fall = zip(step, point.gradient).reduce(0) { $0 + $1.0 * $1.1 }
            var length = 1.0
            var next = point
            var moved = present
            repeat {
                moved = zip(present, step).map { $0 - length * $1 }
                next = evaluate(moved)
                if next.loss <= point.loss - 1e-4 * length * fall { break }
                length /= 2
            } while length > 1e-8
            guard next.loss < point.loss else { break }
            (present, point) = (moved, next)
        }
        return present
    }

    func evaluate(_ weights: [Double]) -> Point {
        var point = Point(
            gradient: Array(repeating: 0, count: models),
            hessian: Array(repeating: 0, count: models * models)
        )
        // Models × classes of one sample: logits as they are, then about their mean, weighted.
        var rows = [Double](repeating: 0, count: models * classes)
        var mixture = [Double](repeating: 0, count: classes)
        for (sample, label) in data.labels.enumerated() {
            for (model, predictions) in data.models.enumerated() {
                predictions.logits.withUnsafeBufferPointer { logits in
                    for index in 0..<classes {
                        rows[model * classes + index] = Double(logits[sample * classes + index])
                    }
                }
            }
            add(&rows, &mixture, Int(label), weights, to: &point)
        }
        let count = Double(data.labels.count)
        point.loss /= count
        for index in point.gradient.indices { point.gradient[index] /= count }
        for index in point.hessian.indices { point.hessian[index] /= count }
        addRidge(weights, to: &point)
        return point
    }

    private func add(
        _ rows: inout [Double],
        _ mixture: inout [Double],
        _ label: Int,
        _ weights: [Double],
        to point: inout Point
    ) {
        let (models, classes) = (models, classes)
        rows.withUnsafeMutableBufferPointer { rows in
            mixture.withUnsafeMutableBufferPointer { mixture in
                for index in 0..<classes { mixture[index] = 0 }
                for model in 0..<models {
                    let weight = weights[model]
                    for index in 0..<classes { mixture[index] += weight * rows[model * classes + index] }
                }
                var top = -Double.infinity
                for index in 0..<classes { top = max(top, mixture[index]) }
                let own = mixture[label] - top
                var sum = 0.0
                for index in 0..<classes {
                    mixture[index] = exp(mixture[index] - top)
                    sum += mixture[index]
                }
                point.loss += log(sum) - own
                for index in 0..<classes { mixture[index] /= sum }
                for model in 0..<models {
                    let start = model * classes
                    var mean = 0.0
                    for index in 0..<classes { mean += mixture[index] * rows[start + index] }
                    point.gradient[model] += mean - rows[start + label]
                    for index in 0..<classes {
                        rows[start + index] = (rows[start + index] - mean) * mixture[index].squareRoot()
                    }
                }
                for left in 0..<models {
                    for right in 0...left {
                        var product = 0.0
                        for index in 0..<classes {
                            product += rows[left * classes + index] * rows[right * classes + index]
                        }
                        point.hessian[left * models + right] += product
                        if left != right { point.hessian[right * models + left] += product }
                    }
                }
            }
        }
    }

    private func addRidge(_ weights: [Double], to point: inout Point) {
        let mean = weights.reduce(0, +) / Double(models)
        for row in 0..<models {
            let apart = weights[row] - mean
            point.loss += ridge * apart * apart
            point.gradient[row] += 2 * ridge * apart
            for column in 0..<models {
                point.hessian[row * models + column] +=
                    2 * ridge * ((row == column ? 1 : 0) - 1 / Double(models))
            }
        }
    }

    /// The solution of H·x = g by Cholesky's method, H made a little heavier on its diagonal until it is positive.
    private func solve(_ hessian: [Double], _ gradient: [Double]) -> [Double]? {
        let largest = (0..<models).map { hessian[$0 * models + $0] }.max() ?? 0
        guard largest.isFinite, largest > 0 else { return nil }
        var damping = 1e-12 * largest
        while damping < largest * 1e6 {
            if let solution = cholesky(hessian, gradient, damping) { return solution }
            damping *= 100
        }
        return nil
    }

    private func cholesky(_ matrix: [Double], _ right: [Double], _ damping: Double) -> [Double]? {
        var lower = matrix
        for row in 0..<models {
            for column in 0...row {
                var value = matrix[row * models + column] + (row == column ? damping : 0)
                for inner in 0..<column {
                    value -= lower[row * models + inner] * lower[column * models + inner]
                }
                if row == column {
                    guard value > 0 else { return nil }
                    lower[row * models + row] = value.squareRoot()
                } else {
                    lower[row * models + column] = value / lower[column * models + column]
                }
            }
        }
        var solution = right
        for row in 0..<models {
            for inner in 0..<row { solution[row] -= lower[row * models + inner] * solution[inner] }
            solution[row] /= lower[row * models + row]
        }
        for row in (0..<models).reversed() {
            for inner in row + 1..<max(models, row + 1) {
                solution[row] -= lower[inner * models + row] * solution[inner]
            }
            solution[row] /= lower[row * models + row]
        }
        return solution.allSatisfy(\.isFinite) ? solution : nil
    }
}
