/// Coefficients that sum to one and are otherwise free.
///
///     θ[l] = c[l] + Σₖ s[k,l]·(w[k,l] − c[l])      s[k,l] = v[k,l]/r[k,l] + ρ·u[k]      x = (v, u)
///
/// As published (MEHL-Soup, Li et al., ECCV 2024) r is ‖w[k,l] − c[l]‖ and there is no u: directions of unit length, a
/// preconditioner with which a step of 0.01 moves the group by 0.01, be the ingredients near or far. With full directions
/// r is 1: the same step goes a hundredth of the way to the ingredient.
///
/// u is what all groups of an ingredient have in common. How good an ingredient is shows in every group, and one
/// coefficient for all of them is learned from their slopes together, long before the groups' own coefficients are. ρ is
/// the ratio of its learning rate to theirs: AdamW's steps do not depend on the size of the slope, so that u in units of
/// 1/ρ moves like a parameter with ρ times the learning rate.
///
/// An ingredient that does not differ from the centre in a group has no direction there. Its x stays at zero: it is
/// *fixed*. That is so where the distance is zero (frozen or identical tensors, one ingredient that is its own centre)
/// and where it is below `closeness` of the group's largest distance in the coefficient block: such a difference of
/// float32 weights is rounding, and a unit vector made of it would be noise.
package struct HyperplaneSpace: CoefficientSpace {
    package static let closeness = 1e-6

    /// How long the directions are along which x moves.
    package enum Directions: String, Sendable, Codable, CaseIterable {
        /// Of length one in weight space.
        case unit
        /// As long as the ingredient is far from the centre.
        case full
    }

    package let distances: CoefficientMatrix
    private let directions: Directions
    /// ρ; zero for no u.
    private let sharing: Double

    package init(distances: CoefficientMatrix, alpha: CoefficientMatrix, settings: SoupSettings) {
        precondition(alpha.rows == distances.rows && alpha.columns == distances.columns)
        var kept = distances
        for column in 0..<distances.columns {
            let largest = (0..<distances.rows).map { distances[$0, column] }.max() ?? 0
            for row in 0..<distances.rows where distances[row, column] < Self.closeness * largest {
                kept[row, column] = 0
            }
        }
        self.distances = kept
        directions = settings.directions
        // One group has nothing to share.
        let shares = settings.sharedLearningRate > 0 && settings.learningRate > 0 && distances.columns > 1
        sharing = shares ? settings.sharedLearningRate / settings.learningRate : 0
    }

    package var start: [Double] {
        Array(repeating: 0, count: distances.values.count + (sharing > 0 ? distances.rows : 0))
    }

    package func displacement(at parameters: [Double]) -> CoefficientMatrix {
        var displacement = CoefficientMatrix(rows: distances.rows, columns: distances.columns)
        for row in 0..<distances.rows {
            let shared = sharing > 0 ? sharing * parameters[distances.values.count + row] : 0
            for column in 0..<distances.columns where distances[row, column] > 0 {
                let own = parameters[row * distances.columns + column]
                displacement[row, column] = own / length(row, column) + shared
            }
        }
        return displacement
    }

    package func gradient(at parameters: [Double], of slope: SoupSlope) -> [Double] {
        var gradient = start
        for row in 0..<distances.rows {
            var sum = 0.0
            for column in 0..<distances.columns where distances[row, column] > 0 {
                let slope = slope.displacement[row, column]
                gradient[row * distances.columns + column] = slope / length(row, column)
                sum += slope
            }
            if sharing > 0 { gradient[distances.values.count + row] = sharing * sum }
        }
        return gradient
    }

    /// r.
    private func length(_ row: Int, _ column: Int) -> Double {
        directions == .unit ? distances[row, column] : 1
    }
}
