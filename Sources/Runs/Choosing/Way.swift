/// Where a soup lies on the straight way from one to another.
package struct Way: Codable, Sendable, Equatable {
    package let from: String
    package let to: String
    /// Of the way, 0 to 1.
    package let share: Double

    private var percent: Int { Int((100 * share).rounded()) }

    /// What a soup there is called.
    var name: String { "\(to)@\(percent)" }

    /// For people.
    var explanation: String { "\(percent)% of the way from \(from) to \(to)" }
}
