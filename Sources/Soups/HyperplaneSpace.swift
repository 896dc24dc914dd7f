/// Coefficients that sum to one and are otherwise free, in steps of unit length in weight space.
///
///     d[k,l] = (w[k,l] − c[l]) / ‖w[k,l] − c[l]‖      θ[l] = c[l] + Σₖ x[k,l]·d[k,l]      s[k,l] = x[k,l] / ‖w[k,l] − c[l]‖
///
/// (MEHL-Soup, Li et al., ECCV 2024.) The unit length is a preconditioner: a step of 0.01 in x moves the group by 0.01.
///
/// An ingredient that does not differ from the centre in a group has no direction there. Its x stays at zero: it is
/// *fixed*. That is so where the distance is zero (frozen or identical tensors, one ingredient that is its own centre)
/// and where it is below `closeness` of the group's largest distance in the coefficient block: such a difference of
/// float32 weights is rounding, and a unit vector made of it would be noise.
package struct HyperplaneSpace: CoefficientSpace {
    package static let closeness = 1e-6

    package let distances: CoefficientMatrix

    package init(distances: CoefficientMatrix, alpha: CoefficientMatrix) {
        precondition(alpha.rows == distances.rows && alpha.columns == distances.columns)
        var kept = distances
        for column in 0..<distances.columns {
            let largest = (0..<distances.rows).map { distances[$0, column] }.max() ?? 0
            for row in 0..<distances.rows where distances[row, column] < Self.closeness * largest {
                kept[row, column] = 0
            }
        }
        self.distances = kept
    }

    package var start: [Double] { Array(repeating: 0, count: distances.values.count) }

    package func displacement(at parameters: [Double]) -> CoefficientMatrix {
        perDistance(parameters)
    }

    package func gradient(at parameters: [Double], ofDisplacement gradient: CoefficientMatrix) -> [Double] {
        perDistance(gradient.values).values
    }

    private func perDistance(_ values: [Double]) -> CoefficientMatrix {
        let quotients = zip(values, distances.values).map { value, distance in
            distance > 0 ? value / distance : 0
        }
        return CoefficientMatrix(rows: distances.rows, columns: distances.columns, values: quotients)
    }
}
