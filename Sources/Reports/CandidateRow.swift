/// A soup that could have been written, as images tell that it had no part in.
package struct CandidateRow: Sendable, Equatable {
    package var name: String
    /// A line for people.
    package var label: String
    package var score: Score
    /// How much more accurate it is than the best ingredient, and the 95% interval; nil of that itself.
    package var gain: Double?
    package var gainInterval: ClosedRange<Double>?
    /// Whether it was written.
    package var isWritten: Bool

    package init(
        name: String,
        label: String,
        score: Score,
        gain: Double?,
        gainInterval: ClosedRange<Double>?,
        isWritten: Bool
    ) {
        self.name = name
        self.label = label
        self.score = score
        self.gain = gain
        self.gainInterval = gainInterval
        self.isWritten = isWritten
    }
}
