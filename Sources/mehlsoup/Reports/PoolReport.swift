import Checkpoints
import Diagnostics

/// Several checkpoints: whether they fit together, and how far each lies from their mean.
struct PoolReport: Report {
    struct Ingredient: Encodable, Equatable {
        let path: String
        /// ‖w − mean‖.
        let distance: Double
        /// The first ingredient before it with the same weights.
        let duplicateOf: String?
    }

    /// Why they do not fit together; nil where they do.
    let misfit: String?
    let normOfMean: Double?
    /// Empty where they do not fit together.
    let ingredients: [Ingredient]

    /// - Throws: `CheckpointError` where a weight is NaN or infinite.
    init(_ paths: [String]) throws {
        let pool: IngredientPool
        do {
            pool = try IngredientPool(patterns: paths)
        } catch let error as any InputError {
            misfit = "\(error)"
            normOfMean = nil
            ingredients = []
            return
        }
        let distances = try IngredientDistances(of: pool)
        misfit = nil
        normOfMean = distances.normOfMean
        ingredients = paths.enumerated().map { index, path in
            let same = distances.duplicates.first { $0.contains(index) }?.first
            return Ingredient(
                path: path,
                distance: distances.fromMean[index],
                duplicateOf: same.flatMap { $0 == index ? nil : paths[$0] }
            )
        }
    }

    var lines: [String] {
        if let misfit { return ["they do not fit together: \(misfit)"] }
        let rows = ingredients.map { ingredient in
            let note = ingredient.duplicateOf.map { " (the same weights as \($0.onOneLine))" } ?? ""
            return [significant(ingredient.distance), ingredient.path.onOneLine + note]
        }
        return ["\(ingredients.count) checkpoints that fit together; ‖mean‖ \(significant(normOfMean ?? 0))"]
            + table(["‖w − mean‖", "ingredient"], rows, alignRight: [0])
    }
}
