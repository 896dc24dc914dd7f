import Datasets
import Sharding

/// Who digests what: every copy of an ingredient once, by a rank that can read it; every copy of a data set in parts.
struct DigestPlan: Equatable {
    enum Task: Hashable {
        case ingredient(Int, copy: Int)
        case data(Int, copy: Int, part: Int)
    }

    /// By rank, in the order in which it reports them.
    let tasks: [[Task]]

    /// Files go to the rank that has the fewest bytes so far, so that all are done at about the same time.
    ///
    /// * `byteCounts`: length of every ingredient's file
    init(_ copies: InputCopies, byteCounts: [Int]) {
        var tasks = [[Task]](repeating: [], count: copies.hosts.count)
        var loads = [Double](repeating: 0, count: copies.hosts.count)
        for (ingredient, bytes) in byteCounts.enumerated() {
            for (copy, ranks) in copies.copies(of: ingredient).enumerated() {
                guard let rank = ranks.min(by: { (loads[$0], $0) < (loads[$1], $1) }) else { continue }
                tasks[rank].append(.ingredient(ingredient, copy: copy))
                loads[rank] += Double(bytes)
            }
        }
        for dataset in copies.datasets.indices {
            for (copy, ranks) in copies.copies(ofDataset: dataset).enumerated() {
                for part in 0..<Dataset.digestParts {
                    tasks[ranks[part % ranks.count]].append(.data(dataset, copy: copy, part: part))
                }
            }
        }
        self.tasks = tasks
    }
}

/// SHA-256 of everything that a run works on.
struct InputDigests: Sendable, Equatable {
    /// In the pool's order.
    let ingredients: [String]
    /// In the order of the run's list.
    let datasets: [String]

    /// Puts together what the ranks found.
    ///
    /// * `reports`: the digests that each rank gives, by rank
    /// * throws `CopyError` where two copies differ, `MessageError` where a digest is missing
    init(_ plan: DigestPlan, _ reports: [[String]], _ inputs: RunInputs, _ copies: InputCopies) throws {
        var found: [DigestPlan.Task: String] = [:]
        for (tasks, digests) in zip(plan.tasks, reports) {
            guard tasks.count == digests.count else {
                throw MessageError("\(digests.count) digests where \(tasks.count) are due")
            }
            for (task, digest) in zip(tasks, digests) { found[task] = digest }
        }
        func digest(_ task: DigestPlan.Task) throws -> String {
            guard let digest = found[task] else { throw MessageError("a digest is missing") }
            return digest
        }
        /// The digest that all copies have.
        func common(_ name: String, _ ranks: [[Int]], _ digests: [String]) throws -> String {
            if let other = digests.firstIndex(where: { $0 != digests[0] }) {
                throw CopyError(
                    name: name,
                    expected: "the same contents",
                    found: [0, other].map { copy in
                        let rank = ranks[copy][0]
                        return ("SHA-256 \(digests[copy].prefix(12))…", rank, copies.hosts[rank])
                    }
                )
            }
            return digests[0]
        }
        ingredients = try inputs.pool.ingredients.enumerated().map { index, file in
            let ranks = copies.copies(of: index)
            let digests = try ranks.indices.map { try digest(.ingredient(index, copy: $0)) }
            return try common(file.path, ranks, digests)
        }
        datasets = try inputs.datasets.enumerated().map { index, dataset in
            let ranks = copies.copies(ofDataset: index)
            let digests = try ranks.indices.map { copy in
                dataset.digest(
                    of: try (0..<Dataset.digestParts).map { part in
                        try digest(.data(index, copy: copy, part: part))
                    }
                )
            }
            return try common(dataset.name, ranks, digests)
        }
    }
}
