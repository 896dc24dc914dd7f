#if canImport(Glibc)
import Glibc
#endif

/// Positive coefficients that sum to one, by a soft-max over all ingredients, and a temperature on the model's output.
///
///     α[k,l] = exp(x[k,l]) / Σⱼ exp(x[j,l])      s = α      x starts at 0: the uniform soup      β = the last parameter
///
/// (Learned-Soup, Wortsman et al., ICML 2022, appendix I.) The gradient comes through ⟨∂L/∂θ, w − c⟩ like every other
/// space's: no graph through the mixture, and memory for the ingredients' slices alone.
///
///     ∂L/∂x[k,l] = α[k,l]·(g[k,l] − Σⱼ α[j,l]·g[j,l])      g = ∂L/∂s
///
/// It needs all ingredients in one coefficient block: its coefficients sum to one among themselves. A group in which no
/// ingredient differs from the centre is fixed: s and the gradient are zero there.
package struct SimplexSpace: CoefficientSpace {
    package let distances: CoefficientMatrix

    package init(distances: CoefficientMatrix, alpha: CoefficientMatrix, settings: SoupSettings) {
        precondition(alpha.rows == distances.rows && alpha.columns == distances.columns)
        self.distances = distances
    }

    package var start: [Double] { Array(repeating: 0, count: distances.values.count) + [1] }

    package func displacement(at parameters: [Double]) -> CoefficientMatrix {
        precondition(parameters.count == distances.values.count + 1)
        var shares = CoefficientMatrix(rows: distances.rows, columns: distances.columns)
        for column in 0..<shares.columns where !isFixed(column) {
            let scores = (0..<shares.rows).map { parameters[$0 * shares.columns + column] }
            let largest = scores.max() ?? 0
            let powers = scores.map { exp($0 - largest) }
            let sum = powers.reduce(0, +)
            for row in 0..<shares.rows { shares[row, column] = powers[row] / sum }
        }
        return shares
    }

    private func isFixed(_ column: Int) -> Bool {
        (0..<distances.rows).allSatisfy { distances[$0, column] == 0 }
    }

    package func temperature(at parameters: [Double]) -> Double { parameters[parameters.count - 1] }

    package func gradient(at parameters: [Double], of slope: SoupSlope) -> [Double] {
        let shares = displacement(at: parameters)
        var result = slope.displacement
        for column in 0..<shares.columns {
            let mean = (0..<shares.rows).reduce(0.0) {
                $0 + shares[$1, column] * slope.displacement[$1, column]
            }
            for row in 0..<shares.rows {
                result[row, column] = shares[row, column] * (slope.displacement[row, column] - mean)
            }
        }
        return result.values + [slope.temperature]
    }
}
