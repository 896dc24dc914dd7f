import Synchronization

/// Where a rank is in its run: what it is doing, and in which step.
///
/// One record for the process, which the thread that works sets and any other may read.
package struct RunPlace: Equatable, Sendable, CustomStringConvertible {
    /// What a rank is doing: a phase of a step, or an order's work outside of one.
    package enum Phase: UInt8, CaseIterable, Sendable {
        case starting
        /// Opens and checks what the run works on.
        case opening
        /// Waits for what comes next, or tells it.
        case order
        case combine
        case gather
        case forwardBackward
        case reduce
        case project
        case collect
        case update
        case digest
        case enter
        case settle
        case mix
        case add
        case mean
        case evaluate
        case measure
        /// Puts the run's state away.
        case saving
        /// Writes what the run came to.
        case writing
        case ending

        /// As in traces.
        package var name: String {
            switch self {
            case .forwardBackward: "forward_backward"
            default: "\(self)"
            }
        }
    }

    package var phase: Phase
    /// The step that is under way or was the last; nil before the first.
    package var step: Int?

    package init(_ phase: Phase, step: Int? = nil) {
        self.phase = phase
        self.step = step
    }

    /// "step 12, forward_backward", or "digest".
    package var description: String {
        step.map { "step \($0), \(phase.name)" } ?? phase.name
    }

    // The whole place in one word, so that no reader sees half of it: the phase in the lowest byte, above it the step
    // plus one, or 0 for none.

    package init?(word: UInt64) {
        guard let phase = Phase(rawValue: UInt8(truncatingIfNeeded: word)) else { return nil }
        self.init(phase, step: word >> 8 == 0 ? nil : Int(word >> 8) - 1)
    }

    package var word: UInt64 {
        let number = step.map { UInt64(min(max($0, 0), 1 << 54)) + 1 } ?? 0
        return number << 8 | UInt64(phase.rawValue)
    }
}

extension RunPlace {
    private static let record = Atomic<UInt64>(0)

    /// Where this process is now.
    package static var now: RunPlace {
        get { RunPlace(word: record.load(ordering: .relaxed)) ?? RunPlace(.starting) }
        set { record.store(newValue.word, ordering: .relaxed) }
    }

    /// Notes that `phase` begins, of `step` if one is given, else of the step noted before.
    package static func begin(_ phase: Phase, step: Int? = nil) {
        now = RunPlace(phase, step: step ?? now.step)
    }

    /// Notes `phase` while `body` runs, and then again what was noted before.
    package static func during<T>(_ phase: Phase, _ body: () throws -> T) rethrows -> T {
        let before = now
        begin(phase)
        defer { now = before }
        return try body()
    }
}
