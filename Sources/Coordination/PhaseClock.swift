import Traces

/// Seconds per phase of a step.
struct PhaseClock {
    private(set) var seconds = [Double](repeating: 0, count: TracePhase.allCases.count)
    private var last = ContinuousClock.now

    /// Counts the time since the last call, or since the start, towards `phase`.
    mutating func end(_ phase: TracePhase) {
        let now = ContinuousClock.now
        if let index = TracePhase.allCases.firstIndex(of: phase) {
            seconds[index] += (now - last) / .seconds(1)
        }
        last = now
    }
}
