extension HeartbeatLoop {
    /// What is done about a lost rank.
    struct Actions: Sendable {
        /// Tells of it, in one line.
        var report: @Sendable (String) -> Void
        /// Takes the job down.
        var abort: @Sendable () -> Void
    }

    /// What is known once every rank has or has not connected.
    struct Settlement: Sendable {
        /// By rank.
        var hosts: [String]
        /// Ranks whose connection stands.
        var watched: Set<Int>
        /// What goes on where the run stopped.
        var command: String?
    }
}
