import Diagnostics

extension HeartbeatLoop {
    /// Does what is to be done about lost ranks; true where the job is ended.
    func judge(_ broken: [(rank: Int, reason: HeartbeatLoss.Reason)], _ now: Double) -> Bool {
        if let deadline {
            guard now >= deadline else { return false }
            actions.abort()
            return true
        }
        if sorrow == nil, let loss = loss(broken, now) {
            sorrow = (loss, rank == 0 ? now : now + HeartbeatWatch.discretion(of: rank))
        }
        guard let (loss, due) = sorrow, now >= due else { return false }
        tell(.ending)
        actions.report(loss.line(goOnWith: settlement?.command))
        actions.abort()
        return true
    }

    /// The first lost rank, once it is known who takes part.
    private func loss(_ broken: [(rank: Int, reason: HeartbeatLoss.Reason)], _ now: Double) -> HeartbeatLoss?
    {
        guard let settlement else { return nil }
        func loss(_ peer: Int, _ reason: HeartbeatLoss.Reason) -> HeartbeatLoss {
            let host = settlement.hosts.indices.contains(peer) ? settlement.hosts[peer] : nil
            let place = watch.peers[peer]?.place ?? RunPlace(.starting)
            return HeartbeatLoss(rank: peer, host: host, reason: reason, place: place)
        }
        if let (peer, reason) = broken.first { return loss(peer, reason) }
        // A connection that ended before the ranks were counted.
        let cut = watch.peers.keys.filter { sockets[$0] == nil }.min()
        if let cut { return loss(cut, .closed) }
        return watch.silent(now: now).first.map { loss($0.rank, .silent(seconds: $0.seconds)) }
    }
}
