/// The phases of a step, in the order in which they come.
package enum TracePhase: String, Sendable, CaseIterable {
    case order
    case combine
    case gather
    case forwardBackward = "forward_backward"
    case reduce
    case project
    case collect
    case update
}

/// Who takes part in the steps that follow, in `trace-ranks.pb`.
package struct TraceRanksHeader: Sendable, Equatable {
    /// One host name per rank.
    package var hosts: [String]
    package var phases: [String]

    package init(hosts: [String], phases: [String] = TracePhase.allCases.map(\.rawValue)) {
        self.hosts = hosts
        self.phases = phases
    }
}

/// Where one step's time went and what it sent.
package struct TraceRankStep: Sendable, Equatable {
    package struct Share: Sendable, Equatable {
        /// One per phase.
        package var phaseSeconds: [Double]
        package var bytesSent: Int
        /// This rank's part of ∂L/∂α, the coefficient block's ingredients × groups; empty below `shards`.
        package var gradient: [Double]

        package init(phaseSeconds: [Double], bytesSent: Int, gradient: [Double] = []) {
            self.phaseSeconds = phaseSeconds
            self.bytesSent = bytesSent
            self.gradient = gradient
        }
    }

    package var number: Int
    /// The whole step, as rank 0 saw it.
    package var seconds: Double
    /// One per rank.
    package var ranks: [Share]

    package init(number: Int, seconds: Double, ranks: [Share]) {
        self.number = number
        self.seconds = seconds
        self.ranks = ranks
    }
}
