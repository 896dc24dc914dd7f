/// One ingredient by itself, as the first look found it.
package struct IngredientRow: Sendable, Equatable {
    package var name: String
    package var score: Score
    /// ‖w − mean‖ / ‖mean‖.
    package var relativeDistance: Double?
    /// Whether it is the most accurate.
    package var isBest: Bool

    package init(name: String, score: Score, relativeDistance: Double?, isBest: Bool) {
        self.name = name
        self.score = score
        self.relativeDistance = relativeDistance
        self.isBest = isBest
    }
}
