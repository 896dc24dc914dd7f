/// How free parameters x stand for the coefficients of one coefficient block.
///
/// The soup is θ[l] = c[l] + Σₖ s[k,l]·(w[k,l] − c[l]); a space says what s, the displacement, is for given x. Spaces
/// differ in nothing else: with s = α of all ingredients at once (a soft-max, say) the same formula is θ = Σₖ α[k]·w[k].
package protocol CoefficientSpace: Sendable, Equatable, Codable {
    /// - Parameters:
    ///   - distances: ‖w[k,l] − c[l]‖, ingredients of the coefficient block × groups.
    ///   - alpha: their coefficients in c.
    ///   - settings: how the soup is learned.
    init(distances: CoefficientMatrix, alpha: CoefficientMatrix, settings: SoupSettings)

    /// ‖w[k,l] − c[l]‖; zero where the space holds an ingredient fixed in a group.
    var distances: CoefficientMatrix { get }

    /// x at the start of the coefficient block.
    var start: [Double] { get }

    /// s, ingredients of the coefficient block × groups.
    func displacement(at parameters: [Double]) -> CoefficientMatrix

    /// β, by which the model's logits are multiplied while learning.
    func temperature(at parameters: [Double]) -> Double

    /// ∂L/∂x from ∂L/∂s and ∂L/∂β, by the chain rule.
    func gradient(at parameters: [Double], of slope: SoupSlope) -> [Double]
}

extension CoefficientSpace {
    package func temperature(at parameters: [Double]) -> Double { 1 }
}

/// The loss's slope as a coefficient space sees it.
package struct SoupSlope: Sendable, Equatable {
    /// ∂L/∂s, ingredients of the coefficient block × groups.
    package var displacement: CoefficientMatrix
    /// ∂L/∂β.
    package var temperature: Double

    package init(displacement: CoefficientMatrix, temperature: Double = 0) {
        self.displacement = displacement
        self.temperature = temperature
    }
}
