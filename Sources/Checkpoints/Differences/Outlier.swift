#if canImport(Glibc)
import Glibc
#endif

/// An ingredient that lies much further from the others than is usual among them.
package struct Outlier: Sendable, Equatable {
    package let ingredient: Int
    /// Its distance from the others over all parameters, by the median of all ingredients'.
    package let ratio: Double
    /// Whether that is what makes it an outlier, rather than one group alone.
    package let isWhole: Bool
    /// Index of the group in which it stands out most.
    package let group: Int
    /// Its distance from the others there, by the median.
    package let groupRatio: Double
}

/// Tells which of a pool's ingredients are outliers.
///
/// An ingredient is measured against the *core*: the more than half of all distinct ingredients that lie closest to
/// the others, by the (lower) median of the distances to them. Its distance is that from the core's mean, the
/// ingredient itself left out, so that one that is far off neither moves the mean nor hides in it. It is an outlier
/// where that is at least 3 times the median of all, or 10 times in one group, and its logarithm is further above the
/// median than 3.5 scaled median absolute deviations (Iglewicz and Hoaglin, 1993): fine-tuning with a wide range of
/// learning rates spreads ingredients over orders of magnitude, and that alone makes none of them an outlier.
struct OutlierRule {
    private static let deviations = 3.5
    /// The median absolute deviation of a normal distribution times this is its standard deviation.
    private static let scale = 1.4826
    private static let least = 3.0
    private static let leastInGroup = 10.0
    /// Distances below this share of the weights' norm are rounding.
    private static let resolution = 1e-7

    /// By ingredient: the distance from the others, over all parameters.
    let distances: [Double]
    /// By group and ingredient.
    let groupDistances: [[Double]]
    /// By ingredient: `distances` by their median; nil where there are not three to compare.
    let ratios: [Double?]
    let outliers: [Outlier]

    /// * `sizes`: the groups' parameters
    /// * `distinct`: ingredients that can be used, no two of them the same; at least two
    init(_ whole: GramMatrix, _ groups: [GramMatrix], sizes: [Int], distinct: [Int]) {
        precondition(distinct.count > 1)
        let core = Self.core(whole, distinct)
        distances = whole.distances(fromOthersOf: core)
        let groupDistances = groups.map { $0.distances(fromOthersOf: core) }
        self.groupDistances = groupDistances
        guard distinct.count > 2 else {
            outliers = []
            ratios = distances.map { _ in nil }
            return
        }
        let norm = whole.norm(ofMeanOf: core)
        let total = Double(max(sizes.reduce(0, +), 1))
        let all = Population(distances, distinct, floor: Self.resolution * norm)
        ratios = distances.indices.map(all.ratio)
        let parts = groups.indices.map { group in
            // Of groups that are zero in all but one ingredient the whole model's weights give the measure.
            let share = (Double(sizes[group]) / total).squareRoot()
            let floor = Self.resolution * (groups[group].norm(ofMeanOf: core) + norm * share)
            return Population(groupDistances[group], distinct, floor: floor)
        }
        outliers = distinct.compactMap { ingredient in
            let ratios = parts.map { $0.ratio(ingredient) }
            guard let group = ratios.indices.max(by: { ratios[$0] < ratios[$1] }) else { return nil }
            let isWhole = all.isFar(ingredient, atLeast: Self.least)
            let isInGroup = parts.contains { $0.isFar(ingredient, atLeast: Self.leastInGroup) }
            guard isWhole || isInGroup else { return nil }
            return Outlier(
                ingredient: ingredient,
                ratio: all.ratio(ingredient),
                isWhole: isWhole,
                group: group,
                groupRatio: ratios[group]
            )
        }
    }

    /// More than half of the ingredients: those closest to the others.
    private static func core(_ gram: GramMatrix, _ members: [Int]) -> [Int] {
        let closeness = members.map { member in
            let others = members.filter { $0 != member }.map { gram.squaredDistance(member, $0) }.sorted()
            return others[(others.count - 1) / 2]
        }
        let order = members.indices.sorted { (closeness[$0], $0) < (closeness[$1], $1) }
        return order.prefix(members.count / 2 + 1).map { members[$0] }.sorted()
    }

    /// The distances of some ingredients, and what is usual among them.
    private struct Population {
        private let logarithms: [Double]
        private let usual: Double
        private let deviation: Double

        init(_ distances: [Double], _ members: [Int], floor: Double) {
            // Where all weights are zero, so are all distances.
            logarithms = distances.map { log(max($0, floor, .leastNormalMagnitude)) }
            usual = median(members.map { [logarithms] in logarithms[$0] })
            deviation = median(members.map { [logarithms, usual] in abs(logarithms[$0] - usual) })
        }

        func ratio(_ ingredient: Int) -> Double { exp(logarithms[ingredient] - usual) }

        func isFar(_ ingredient: Int, atLeast factor: Double) -> Bool {
            logarithms[ingredient] - usual >= max(log(factor), deviations * scale * deviation)
        }
    }
}

/// The mean of the two in the middle of an even number.
private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
