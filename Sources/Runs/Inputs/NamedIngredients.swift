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
        pool = try IngredientPool(patterns: models, weights: weights)
        let first = pool.ingredients[0]
        let description = try ModelDescription(
            folder: first.folder,
            architecture: graph.map(ArchitectureFile.init)
        )
        self.description = description
        do {
            let model = try RunInputs.model(first, description)
            try RunInputs.checkDescriptions(pool, model)
            try RunInputs.checkFiles(pool, model)
            layout = model.graph.layout
            doubts = pool.doubts + model.doubts
        } catch let error as ModelError {
            guard graph == nil else { throw error }
            layout = first.mixableLayout
            doubts =
                pool.doubts
                + [
                    Doubt(
                        .warning,
                        "mixed by the tensors' names alone, for no model was made of them: \(error)"
                    )
                ]
                + [Self.doubt(ofStatistics: layout)].compactMap { $0 }
        }
    }

    /// A mean of statistics is not the statistics of a mean.
    private static func doubt(ofStatistics layout: ParameterLayout) -> Doubt? {
        let names = layout.parameters.map(\.name).filter {
            $0.hasSuffix("running_mean") || $0.hasSuffix("running_var")
        }
        guard let first = names.first else { return nil }
        return Doubt(
            .warning,
            "\(first.onOneLine.abridged) and \(names.count - 1) more are statistics of batch normalisation: they are mixed as "
                + "all else, and have to be measured anew on training images where the ingredients lie far apart "
                + "(torch.optim.swa_utils.update_bn)"
        )
    }
}
