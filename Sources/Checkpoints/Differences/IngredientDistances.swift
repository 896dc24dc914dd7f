import Tensors
import Threads

/// How the ingredients of a pool differ: how far each lies from their mean and from the others, which are the same, and
/// which have diverged.
package struct IngredientDistances: Sendable, Equatable {
    /// Parameters that are looked at together.
    package struct Group: Sendable, Equatable {
        package let name: String
        package let parameters: Int
        /// ‖mean‖ over its parameters.
        package let normOfMean: Double
        /// ‖w − mean‖ of each ingredient; nil where it has weights that cannot be used.
        package let fromMean: [Double?]
        /// The distance of each from the mean of the others that lie closest together; nil as above, or where there is
        /// but one.
        package let fromOthers: [Double?]
    }

    package let groups: [Group]
    /// The same over all parameters.
    package let whole: Group
    /// Ingredients whose numbers are the same bit for bit, each list in the pool's order, of two or more.
    package let duplicates: [[Int]]
    /// By ingredient: weights that cannot be used; such an ingredient has no part in means and distances.
    package let unusable: [UnusableWeights?]
    /// By ingredient: the distance from the others over all parameters, by the median of all ingredients'; nil where it
    /// cannot be used, or where there are not three to compare.
    package let ratios: [Double?]
    /// In the pool's order; of ingredients that are the same the first.
    package let outliers: [Outlier]
    /// Names of the parameters that are the same bit for bit in all ingredients, in the layout's order.
    package let identical: [String]
    /// Whether the ingredients that can be used seem to come from one model.
    package let origin: CommonOrigin
    /// Those ingredients, by the places that `origin` has of them.
    package let usable: [Int]

    /// Reads the parameters of every ingredient once, a piece of all of them at a time.
    ///
    /// It takes 16 MiB for each thread whatever the pool's size, and with n ingredients n multiplications for each
    /// weight that is read.
    ///
    /// * `layout`: the parameters to look at; nil for all tensors of numbers that can be mixed
    /// * `granularity`: what makes a group
    ///
    /// - Throws: `CheckpointError` where an ingredient lacks a parameter, `FileError` where a file was cut meanwhile.
    package init(
        of pool: IngredientPool,
        layout: ParameterLayout? = nil,
        granularity: Granularity = .layer,
        threads: Int = 1
    ) throws {
        let layout = layout ?? pool.ingredients[0].mixableLayout
        let groups = ParameterGroups(layout, granularity: granularity)
        // Tensor by tensor: what is known of tensors adds up to what is known of groups of them.
        let tensors = ParameterGroups(layout, granularity: .tensor)
        let scan = try PoolScan(pool, layout, tensors, team: Team(threads: threads))
        var grams = Array(repeating: GramMatrix(count: pool.count), count: groups.count)
        for (index, group) in groups.ofParameter.enumerated() {
            grams[group].add(scan.grams[tensors.ofParameter[index]])
        }
        var sizes = Array(repeating: 0, count: groups.count)
        for (parameter, group) in zip(layout.parameters, groups.ofParameter) {
            sizes[group] += parameter.range.count
        }
        var gram = GramMatrix(count: pool.count)
        for part in grams { gram.add(part) }
        let usable = pool.ingredients.indices.filter { scan.unusable[$0] == nil }
        let distinct = usable.filter { scan.sameAs[$0] == $0 }
        let rule =
            distinct.count > 1 ? OutlierRule(gram, grams, sizes: sizes, distinct: distinct) : nil
        func group(_ name: String, _ parameters: Int, _ gram: GramMatrix, _ fromOthers: [Double]?) -> Group {
            func ofUsable(_ values: [Double]) -> [Double?] {
                values.enumerated().map { scan.unusable[$0] == nil ? $1 : nil }
            }
            return Group(
                name: name,
                parameters: parameters,
                normOfMean: usable.isEmpty ? 0 : gram.norm(ofMeanOf: usable),
                fromMean: usable.isEmpty
                    ? pool.ingredients.map { _ in nil } : ofUsable(gram.distances(fromMeanOf: usable)),
                // Of ingredients that are the same, one was measured.
                fromOthers: fromOthers.map { all in ofUsable(scan.sameAs.map { all[$0] }) }
                    ?? pool.ingredients.map { _ in nil }
            )
        }
        self.groups = groups.names.indices.map { index in
            group(groups.names[index], sizes[index], grams[index], rule?.groupDistances[index])
        }
        whole = group("model", layout.count, gram, rule?.distances)
        duplicates = Dictionary(grouping: pool.ingredients.indices) { scan.sameAs[$0] }
            .filter { $1.count > 1 }.sorted { $0.key < $1.key }.map(\.value)
        unusable = scan.unusable
        outliers = rule?.outliers ?? []
        ratios = pool.ingredients.indices.map { index in
            scan.unusable[index] == nil ? rule?.ratios[scan.sameAs[index]] : nil
        }
        identical = zip(layout.parameters, scan.isIdentical).filter { $1 }.map(\.0.name)
        self.usable = usable
        origin = CommonOrigin(
            layout,
            layout.parameters.indices.map { scan.grams[tensors.ofParameter[$0]].squares(of: usable) }
        )
    }
}

extension Checkpoint {
    /// All its tensors of numbers that can be mixed, each a layer of its own.
    package var mixableLayout: ParameterLayout {
        ParameterLayout(
            tensors.values.filter { $0.type.element != nil }
                .map { (name: $0.name, shape: $0.shape, layer: $0.name) }
        )
    }
}
