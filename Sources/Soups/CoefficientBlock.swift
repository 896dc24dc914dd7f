/// The ingredients whose coefficients are optimised together.
package struct CoefficientBlock: Sendable, Equatable, Codable {
    package let outerEpoch: Int
    /// Its place within the outer epoch.
    package let index: Int
    /// Positions in the pool.
    package let ingredients: [Int]

    package init(outerEpoch: Int, index: Int, ingredients: [Int]) {
        self.outerEpoch = outerEpoch
        self.index = index
        self.ingredients = ingredients
    }
}
