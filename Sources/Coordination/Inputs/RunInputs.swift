import Checkpoints
import Datasets
import Diagnostics
import Sharding
import Tensors
import VisionModels

/// What a run works on, opened and checked against each other on one rank: no weights are read yet.
package struct RunInputs: Sendable {
    package let pool: IngredientPool
    package let model: VisionModel
    /// The held-out data first, where there is any; then test data, then images without labels.
    package let datasets: [Dataset]
    /// Says so where the ranks' kernels differ, and what to do.
    package let kernelDifference: String?
    /// What decoded images may take of this rank's memory.
    package let imageBudget: ImageBudget
    let imageSettings: ImageSettings
    /// By data set: the images that were left out because they cannot be decoded.
    package let badImages: [[Dataset.BadImage]]
    /// Who can read what; nil where these inputs were opened without a look at other ranks.
    let copies: InputCopies?
    /// What this rank must write of the first ingredient and cannot read; nil for nothing.
    package let carried: CarriedTensors?
    /// What looks wrong about the data sets.
    private let dataDoubts: [Doubt]
    /// Filled in when they are first asked for.
    let digests = KnownDigests()

    package init(
        _ pool: IngredientPool,
        _ model: VisionModel,
        _ datasets: [Dataset],
        doubts: [Doubt],
        images: (settings: ImageSettings, budget: ImageBudget, bad: [[Dataset.BadImage]]),
        copies: InputCopies? = nil,
        carried: CarriedTensors? = nil,
        kernelDifference: String? = nil
    ) {
        self.pool = pool
        self.model = model
        self.datasets = datasets
        dataDoubts = doubts
        imageSettings = images.settings
        imageBudget = images.budget
        badImages = images.bad
        self.copies = copies
        self.carried = carried
        self.kernelDifference = kernelDifference
    }

    /// The place of the test data.
    package var test: Int? { datasets.indices.dropFirst().first { datasets[$0].isLabelled } }

    /// The place of the images that statistics are measured on: those without labels, where there are some.
    package var measuring: Int? {
        datasets.firstIndex { !$0.isLabelled } ?? (datasets.isEmpty ? nil : 0)
    }

    /// What looks wrong before anything is computed; the same on every rank.
    package var doubts: [Doubt] {
        pool.doubts + model.doubts + dataDoubts
    }

    /// What looks wrong about statistics that are mixed.
    package var statisticsDoubt: Doubt? { pool.count > 1 ? StatisticsDoubt.of(model.statistics) : nil }

    package var layout: ParameterLayout { model.graph.layout }

    package var normalisation: Normalisation { Self.normalisation(model) }

    package static func normalisation(_ model: VisionModel) -> Normalisation {
        Normalisation(mean: model.mean, std: model.std)
    }

    /// Element type of every parameter of the layout, as the ingredients store it.
    package func elementTypes() throws -> [ElementType] {
        try layout.parameters.map { try pool.ingredients[0].elementType(of: $0) }
    }
}

extension InputCopies {
    /// Of inputs that were opened without a look at other ranks: they are taken to be the same files everywhere.
    init(_ inputs: RunInputs, ranks: Int) {
        self.init(
            hosts: Array(repeating: "", count: ranks),
            ingredients: inputs.pool.ingredients.map { Array(repeating: $0.identities, count: ranks) },
            datasets: inputs.datasets.map { Array(repeating: $0.origins, count: ranks) }
        )
    }
}
