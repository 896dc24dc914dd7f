/// How well a soup does on some samples.
package struct SoupScore: Sendable, Equatable, Codable {
    package let loss: Double
    /// Share that is classified correctly, 0 to 1.
    package let accuracy: Double

    package init(loss: Double, accuracy: Double) {
        self.loss = loss
        self.accuracy = accuracy
    }

    /// More accurate; of equally accurate ones, the one with the lower loss.
    ///
    /// Accuracy goes first: it is what a soup is made for, and over the last steps it often rises while the loss, which a
    /// few overconfident answers decide, no longer falls.
    package func isBetter(than other: SoupScore) -> Bool {
        accuracy == other.accuracy ? loss < other.loss : accuracy > other.accuracy
    }
}
