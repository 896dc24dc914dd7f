import Synchronization

extension Worker {
    /// This rank's share of the digests, in the plan's order.
    func digests() throws -> [String] {
        let inputs = inputs
        let tasks = DigestPlan(copies, byteCounts: inputs.pool.ingredients.map(\.byteCount)).tasks[
            transport.rank
        ]
        let digests = Mutex([String](repeating: "", count: tasks.count))
        try team.run(tasks.count) { item in
            let digest =
                switch tasks[item] {
                case .ingredient(let index, _): try inputs.pool.ingredients[index].sha256()
                case .data(let index, _, let part): try inputs.datasets[index].digest(part: part)
                }
            digests.withLock { $0[item] = digest }
        }
        return digests.withLock { $0 }
    }
}

extension Coordinator {
    /// SHA-256 of every ingredient's file, in the pool's order.
    ///
    /// Every distinct copy is read once; throws an `InputError` where one ingredient's copies differ.
    package func digests() throws -> [String] { try inputDigests().ingredients }

    /// SHA-256 of every data set of the run's inputs: shape, element type, images and labels of the samples in use.
    ///
    /// The same on any number of ranks, and whatever kind of file the data comes from.
    package func dataDigests() throws -> [String] { try inputDigests().datasets }

    /// Makes sure that what ranks read under one name is the same where they do not read the same file.
    func checkCopies() throws {
        if worker.copies.areMany { _ = try inputDigests() }
    }

    private func inputDigests() throws -> InputDigests {
        let inputs = worker.inputs
        if let known = inputs.digests.value { return known }
        try give(.digest)
        let plan = DigestPlan(worker.copies, byteCounts: inputs.pool.ingredients.map(\.byteCount))
        let digests = try InputDigests(plan, reports.map(\.digests), inputs, worker.copies)
        inputs.digests.value = digests
        return digests
    }
}

/// The digests of a run's inputs once they are known: they are not worked out twice.
final class KnownDigests: Sendable {
    private let found = Mutex<InputDigests?>(nil)

    var value: InputDigests? {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }
}
