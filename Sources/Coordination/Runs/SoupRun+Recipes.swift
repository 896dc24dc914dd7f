import Graphs
import Soups

extension SoupRun {
    /// Best individual, uniform and greedy soup: by evaluations alone, on all of the held-out data.
    func cook(_ recorder: RunRecorder, _ shared: inout SharedFindings) throws -> Soup {
        let trials = PoolTrials(coordinator, on: .all, recorder)
        let members: [Int]
        switch settings.method {
        case .uniform:
            members = Array(0..<inputs.pool.count)
            try recorder.start()
        default:
            let scores = try shared.scores(trials)
            members =
                settings.method == .best
                ? Array(GreedySoup.order(scores.map { SoupScore($0) }).prefix(1)) : try trials.greedy(scores)
        }
        var findings: [RunFinding] = []
        if settings.method != .uniform {
            let names = members.map { inputs.pool.ingredients[$0].path }.joined(separator: ", ")
            findings.append(RunFinding(.note, "\(settings.method.rawValue): \(names)"))
        }
        return Soup(name: settings.method.rawValue, alpha: worker.mean(of: members), findings: findings)
    }
}
