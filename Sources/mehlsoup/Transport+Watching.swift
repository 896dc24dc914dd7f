import MessagePassing

extension Transport {
    /// Has the ranks watched until the end of the run; every rank calls it.
    ///
    /// * `timeout`: seconds of silence after which a rank counts as lost; 0 for no watching
    /// * `isResumable`: whether `--resume` goes on with a run of this command
    func watch(timeout: Double = ResolvedRun.defaultTimeout, isResumable: Bool = false) throws {
        try Heartbeats.start(on: self, timeout: timeout, isResumable: isResumable)
    }
}
