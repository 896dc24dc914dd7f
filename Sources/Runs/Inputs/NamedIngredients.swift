import Checkpoints
import Coordination
import Diagnostics
import Tensors
import VisionModels

/// Ingredients that are mixed by their tensors' names: the parameters of a model that this program knows, else every tensor of
/// floating-point numbers.
package struct NamedIngredients: Sendable {
    package let pool: IngredientPool
    package let layout: ParameterLayout
    package let description: ModelDescription
    /// What looks wrong, and by what the tensors were told.
    package let doubts: [Doubt]

    /// * `models`: files, folders and globs
    /// * `weights`: which weights of training checkpoints; nil as timm reads them
    /// * `graph`: of a model that is of no known family; it has to fit
    package init(models: [String], weights: WeightsKind?, graph: String?) throws {
        let pool = try IngredientPool(patterns: models, weights: weights)
        self.pool = pool
        let first = pool.ingredients[0]
        let description = try ModelDescription(
            folder: first.folder,
            architecture: graph.map { try ArchitectureFile($0).named(as: pool.ingredients) }
        )
        self.description = description
        let statistics: [String]
        var doubts = pool.doubts
        do {
            let model = try RunInputs.model(first, description)
            try RunInputs.checkDescriptions(pool, model)
            try RunInputs.checkFiles(pool, model)
            layout = model.graph.layout
            statistics = model.statistics
            doubts += model.doubts
        } catch let error as ModelError {
            guard graph == nil else { throw error }
            layout = first.mixableLayout
            statistics = layout.parameters.map(\.name).filter {
                $0.hasSuffix("running_mean") || $0.hasSuffix("running_var")
            }
            let text = "mixed by the tensors' names alone, for no model was made of them: \(error)"
            doubts.append(Doubt(.warning, text))
        }
        if pool.count > 1, let doubt = StatisticsDoubt.of(statistics) { doubts.append(doubt) }
        self.doubts = doubts
    }
}
