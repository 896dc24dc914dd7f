/// What is done to the gradient of θ, group by group, before it reaches the coefficients: stillness, then clipping.
///
/// **Stillness.** Some gradients are zero by construction: the key's bias in attention shifts all scores of a query
/// alike and the soft-max cancels it; a normalisation cancels a shift or scale before it. In float32 such a gradient
/// is rounding noise, some 1e-8 of the whole, and AdamW, which divides by the gradient's own size, would turn it into
/// full steps that differ from machine to machine. So a group whose gradient norm is below `stillness` times the norm
/// of the whole gradient gets an exactly zero gradient in that step, and one that is always below never moves.
///
/// **Clipping.** The whole gradient of θ is scaled to the norm `clip` where it is longer, as
/// `torch.nn.utils.clip_grad_norm_` does: by min(1, clip/(norm + 1e-6)). Projections are linear in it and scale alike.
package struct GradientConditioning: Sendable, Equatable, Codable {
    /// Largest norm; zero for no clipping.
    package var clip: Double
    /// Smallest share of the whole norm that counts as a gradient; zero for no rule.
    package var stillness: Double

    package struct Result: Sendable, Equatable {
        /// ∂L/∂s after both rules.
        package var gradient: CoefficientMatrix
        /// ‖∂L/∂θ‖ before clipping.
        package let norm: Double
        /// The groups that stand still in this step.
        package let stillGroups: [Int]
    }

    package init(clip: Double, stillness: Double) {
        self.clip = clip
        self.stillness = stillness
    }

    /// Applies both rules to ⟨∂L/∂θ[l], w[k,l] − c[l]⟩, given ‖∂L/∂θ[l]‖² per group.
    package func condition(_ projections: CoefficientMatrix, squaredGradientNorms: [Double]) -> Result {
        precondition(squaredGradientNorms.count == projections.columns)
        let norm = squaredGradientNorms.reduce(0, +).squareRoot()
        let scale = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
        var gradient = projections
        for index in gradient.values.indices { gradient.values[index] *= scale }
        let still = squaredGradientNorms.indices.filter {
            squaredGradientNorms[$0].squareRoot() < stillness * norm
        }
        for group in still {
            for row in 0..<gradient.rows { gradient[row, group] = 0 }
        }
        return Result(gradient: gradient, norm: norm, stillGroups: still)
    }
}
