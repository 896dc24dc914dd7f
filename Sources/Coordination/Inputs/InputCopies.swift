import Diagnostics
import Files

/// Which rank reads which file: ingredients and data sets that all ranks work on, and the copies that there are of each.
///
/// The same on every rank, so that all come to the same sharing of work without another word.
package struct InputCopies: Sendable, Equatable {
    /// By rank.
    let hosts: [String]
    /// Per ingredient, by rank: its files; nil where the rank cannot read it.
    let ingredients: [[[FileIdentity]?]]
    /// Per data set, by rank: the files that it comes from.
    let datasets: [[[FileIdentity]]]

    /// Inputs that were opened without a look at other ranks: they are taken to be the same files everywhere.
    init(_ inputs: RunInputs, ranks: Int) {
        hosts = Array(repeating: "", count: ranks)
        ingredients = inputs.pool.ingredients.map { Array(repeating: $0.identities, count: ranks) }
        datasets = inputs.datasets.map { Array(repeating: $0.origins, count: ranks) }
    }

    package init(hosts: [String], ingredients: [[[FileIdentity]?]], datasets: [[[FileIdentity]]]) {
        self.hosts = hosts
        self.ingredients = ingredients
        self.datasets = datasets
    }

    /// Ranks on the host of `rank`, itself among them.
    func neighbours(of rank: Int) -> Int { hosts.count { $0 == hosts[rank] } }

    /// The ranks that can read an ingredient, at least one.
    func holders(of ingredient: Int) -> [Int] {
        ingredients[ingredient].indices.filter { ingredients[ingredient][$0] != nil }
    }

    /// The ranks that read each copy of an ingredient.
    func copies(of ingredient: Int) -> [[Int]] {
        parted(holders(of: ingredient), by: ingredients[ingredient])
    }

    /// The ranks that read each copy of a data set.
    func copies(ofDataset dataset: Int) -> [[Int]] {
        parted(Array(hosts.indices), by: datasets[dataset])
    }

    /// Whether anything is there in more than one copy, so that the copies may differ.
    var areMany: Bool {
        ingredients.indices.contains { copies(of: $0).count > 1 }
            || datasets.indices.contains { copies(ofDataset: $0).count > 1 }
    }

    /// Ranks by what they read, in the order of the first rank of each.
    private func parted<T: Hashable>(_ ranks: [Int], by things: [T]) -> [[Int]] {
        var parts: [[Int]] = []
        var places: [T: Int] = [:]
        for rank in ranks {
            if let place = places[things[rank]] {
                parts[place].append(rank)
            } else {
                places[things[rank]] = parts.count
                parts.append([rank])
            }
        }
        return parts
    }
}

/// The same name stands for different contents on two ranks: mixing the two would be silently wrong.
package struct CopyError: InputError {
    let name: String
    let expected: String
    /// What was found on which rank and host, the first of them as it should be.
    let found: [(content: String, rank: Int, host: String)]

    package init(name: String, expected: String, found: [(content: String, rank: Int, host: String)]) {
        self.name = name
        self.expected = expected
        self.found = found
    }

    package var description: String {
        let all = found.map { "\($0.content) on \($0.host) (rank \($0.rank))" }.joined(separator: " and ")
        return "\(name): expected \(expected) on every host, found \(all)"
    }
}
