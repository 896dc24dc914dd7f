import Diagnostics
import Traces

/// Seconds per phase of a step.
struct PhaseClock {
    fileprivate(set) var seconds = [Double](repeating: 0, count: TracePhase.allCases.count)
    private var last = ContinuousClock.now

    /// Counts the time since the last call, or since the start, towards `phase`, and notes that the next one begins.
    mutating func end(_ phase: TracePhase) {
        let now = ContinuousClock.now
        if let index = TracePhase.allCases.firstIndex(of: phase) {
            seconds[index] += (now - last) / .seconds(1)
        }
        last = now
        if let next = phase.next { RunPlace.begin(next) }
    }
}

extension PhaseClock {
    /// Counts some of the time of `phase` towards another one.
    mutating func move(_ seconds: Double, from phase: TracePhase, to other: TracePhase) {
        guard let from = TracePhase.allCases.firstIndex(of: phase),
            let to = TracePhase.allCases.firstIndex(of: other)
        else { return }
        let moved = min(seconds, self.seconds[from])
        self.seconds[from] -= moved
        self.seconds[to] += moved
    }
}

extension TracePhase {
    /// What comes after it in a step; nil where the order decides.
    fileprivate var next: RunPlace.Phase? {
        switch self {
        case .order: nil
        case .combine: .gather
        case .gather: .forwardBackward
        case .forwardBackward: .reduce
        case .reduce: .project
        case .project: .collect
        case .collect: .update
        case .update: .order
        }
    }
}

extension Order {
    /// What a rank does first when it performs the order.
    var place: RunPlace.Phase {
        switch self {
        case .enter: .enter
        case .step, .combine: .combine
        case .settle: .settle
        case .mix: .mix
        case .add: .add
        case .mean: .mean
        case .evaluate, .seeStatistics: .evaluate
        case .setStatistics: .mix
        case .measure: .measure
        case .digest: .digest
        case .stop: .ending
        }
    }

    /// The number of the step that it orders.
    var step: Int? {
        if case .step(let number, _, _, _, _, _) = self { return number }
        return nil
    }
}
