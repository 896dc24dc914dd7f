import Files

/// Which rank reads which file: ingredients and data sets that all ranks work on, and the copies that there are of each.
///
/// The same on every rank, so that all come to the same sharing of work without another word.
package struct InputCopies: Sendable, Equatable {
    /// By rank.
    package let hosts: [String]
    /// Per ingredient, by rank: its files; nil where the rank cannot read it.
    let ingredients: [[[FileIdentity]?]]
    /// Per data set, by rank: the files that it comes from.
    package let datasets: [[[FileIdentity]]]

    package init(hosts: [String], ingredients: [[[FileIdentity]?]], datasets: [[[FileIdentity]]]) {
        self.hosts = hosts
        self.ingredients = ingredients
        self.datasets = datasets
    }

    /// Ranks on the host of `rank`, itself among them.
    package func neighbours(of rank: Int) -> Int { hosts.count { $0 == hosts[rank] } }

    /// The ranks that can read an ingredient, at least one.
    func holders(of ingredient: Int) -> [Int] {
        ingredients[ingredient].indices.filter { ingredients[ingredient][$0] != nil }
    }

    /// The ranks that read each copy of an ingredient.
    package func copies(of ingredient: Int) -> [[Int]] {
        parted(holders(of: ingredient), by: ingredients[ingredient])
    }

    /// The ranks that read each copy of a data set.
    package func copies(ofDataset dataset: Int) -> [[Int]] {
        parted(Array(hosts.indices), by: datasets[dataset])
    }

    /// Whether anything is there in more than one copy, so that the copies may differ.
    package var areMany: Bool {
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
