import Checkpoints
import Diagnostics
import Foundation
import Tensors
import VisionModels

/// Several checkpoints: whether they fit together, how they differ, and which of them look wrong.
struct PoolReport: Report {
    struct Ingredient: Encodable, Equatable {
        let path: String
        /// ‖w − mean‖; nil where it has weights that cannot be used.
        let distance: Double?
        /// The same by ‖mean‖.
        let relativeDistance: Double?
        /// The distance from the mean of the others that lie closest together, by the median of all ingredients'.
        let ratio: Double?
        /// The first ingredient before it with the same weights.
        let duplicateOf: String?
        let unusable: Unusable?
        let outlier: OutlierNote?
    }

    struct Unusable: Encodable, Equatable {
        let count: Int
        let tensor: String
        let element: Int
        /// As text, for JSON knows no NaN.
        let value: String
    }

    struct OutlierNote: Encodable, Equatable {
        let ratio: Double
        /// Whether all parameters together show it, rather than one group alone.
        let isWhole: Bool
        let group: String
        let groupRatio: Double
    }

    struct Group: Encodable, Equatable {
        let name: String
        let parameters: Int
        let normOfMean: Double
        /// ‖w − mean‖ of each ingredient.
        let distances: [Double?]
        /// The same from the others that lie closest together.
        let distancesFromOthers: [Double?]
    }

    /// Tensors that are the same in all ingredients.
    struct Identical: Encodable, Equatable {
        let tensors: [String]
        let parameters: Int
        /// Of how many.
        let of: Int
    }

    /// Why they do not fit together; nil where they do.
    let misfit: String?
    var normOfMean: Double?
    /// Empty where they do not fit together, as all that follows.
    var ingredients: [Ingredient] = []
    var groups: [Group] = []
    var identical: Identical?
    /// Tensors that are taken from the first ingredient, and that others have other numbers in.
    var differingCarried: [String] = []
    /// What looks wrong about them together.
    var doubts: [String] = []

    /// * `model`: the model of the first; nil where that is not known: then all tensors of floats are compared
    ///
    /// - Throws: `FileError` where a file is cut meanwhile.
    /// * `weights`: which weights of training checkpoints were asked for
    init(_ checkpoints: [Checkpoint], weights: WeightsKind? = nil, model: VisionModel?) throws {
        let pool: IngredientPool
        do {
            try IngredientPool.checkDistinct(checkpoints.map(\.path))
            pool = try IngredientPool(checkpoints, weights: weights)
        } catch let error as any InputError {
            misfit = "\(error)"
            return
        }
        misfit = nil
        doubts = pool.doubts.map(\.text)
        let layout = model?.graph.layout ?? checkpoints[0].mixableLayout
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let distances = try IngredientDistances(of: pool, layout: layout, threads: min(cores, 8))
        take(distances, pool, layout)
        let roles = try TensorRoles(of: checkpoints[0], layout: layout)
        differingCarried = try pool.differing(roles.carried)
    }

    private mutating func take(
        _ distances: IngredientDistances,
        _ pool: IngredientPool,
        _ layout: ParameterLayout
    ) {
        let norm = distances.whole.normOfMean
        normOfMean = norm
        groups = distances.groups.map { Group($0) }
        let names = distances.usable.map { pool.names[$0] }
        doubts += distances.origin.doubts(names, weight: .warning).map(\.text)
        let same = Set(distances.identical)
        let parameters = layout.parameters.filter { same.contains($0.name) }
        identical = Identical(
            tensors: distances.identical,
            parameters: parameters.reduce(0) { $0 + $1.range.count },
            of: layout.parameters.count
        )
        ingredients = pool.ingredients.indices.map { index in
            let first = distances.duplicates.first { $0.contains(index) }?.first ?? index
            let distance = distances.whole.fromMean[index]
            return Ingredient(
                path: pool.ingredients[index].path,
                distance: distance,
                relativeDistance: distance.flatMap { norm > 0 ? $0 / norm : nil },
                ratio: distances.ratios[index],
                duplicateOf: first == index ? nil : pool.ingredients[first].path,
                unusable: distances.unusable[index].map { Unusable($0) },
                outlier: distances.outliers.first { $0.ingredient == first }.map { outlier in
                    OutlierNote(outlier, group: distances.groups[outlier.group].name)
                }
            )
        }
    }
}

extension PoolReport.Unusable {
    init(_ weights: UnusableWeights) {
        count = weights.count
        tensor = weights.tensor
        element = weights.element
        value = "\(weights.value)"
    }
}

extension PoolReport.OutlierNote {
    init(_ outlier: Outlier, group: String) {
        ratio = outlier.ratio
        isWhole = outlier.isWhole
        self.group = group
        groupRatio = outlier.groupRatio
    }
}

extension PoolReport.Group {
    init(_ group: IngredientDistances.Group) {
        name = group.name
        parameters = group.parameters
        normOfMean = group.normOfMean
        distances = group.fromMean
        distancesFromOthers = group.fromOthers
    }
}
