import Checkpoints
import Datasets
import Diagnostics
import Files
import Foundation
import Graphs
import Kernels
import MessagePassing
import Tensors
import VisionModels

/// What a run works on, opened and checked against each other on one rank: no weights are read yet.
package struct RunInputs: Sendable {
    package let pool: IngredientPool
    package let model: VisionModel
    /// The held-out data first, where there is any.
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
    let carried: CarriedTensors?
    /// What looks wrong about the data sets.
    private let dataDoubts: [Doubt]
    /// Filled in when they are first asked for.
    let digests = KnownDigests()

    /// Opens everything on this rank alone.
    ///
    /// * `models`: files, folders and globs
    /// * `weights`: which weights of training checkpoints; nil as timm reads them
    /// * `datasets`: references as in `Dataset.open`
    package init(
        models: [String],
        weights: WeightsKind? = nil,
        datasets: [String],
        images: ImageSettings = ImageSettings()
    ) throws {
        let pool = try IngredientPool(patterns: models, weights: weights)
        let model = try Self.model(pool.ingredients[0], ModelDescription(folder: pool.ingredients[0].folder))
        try Self.checkDescriptions(pool, model)
        try Self.checkFiles(pool, model)
        let budget = ImageBudget(bytes: images.budget(ranks: 1, planned: 0) / 2)
        let data = try Self.open(datasets, for: model, budget)
        let (sound, bad) = try Self.checked(data, images, on: MemoryTransport.alone())
        self.init(
            pool,
            model,
            sound,
            doubts: try Self.doubts(of: sound, model),
            images: (images, budget, bad)
        )
    }

    init(
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

    static func open(_ references: [String], for model: VisionModel, _ budget: ImageBudget) throws
        -> [Dataset]
    {
        try references.map { reference in
            let dataset = try Dataset.open(
                reference,
                transform: model.transform,
                for: model.classes,
                budget: budget
            )
            try dataset.checkImages(channels: model.channels, height: model.height, width: model.width)
            try dataset.checkLabels(classes: model.graph.classes)
            return dataset
        }
    }

    static func model(_ file: Checkpoint, _ description: ModelDescription) throws -> VisionModel {
        let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.key, $0.value.shape) })
        return try VisionModel(description, shapes: shapes, file: file.displayName)
    }

    /// Throws where the description in another folder makes another model of the same tensors than `first`.
    ///
    /// What a folder lacks of a description it has from the first ingredient's; what is not on this rank is for others to check.
    static func checkDescriptions(_ pool: IngredientPool, _ first: VisionModel) throws {
        var seen: Set<String> = pool.ingredients[0].isHere ? [first.description.folder] : []
        for file in pool.ingredients where file.isHere && seen.insert(file.folder).inserted {
            let own = try ModelDescription(folder: file.folder)
            guard !own.isEmpty else { continue }
            try model(file, try own.completed(by: first.description)).checkAgreement(with: first)
        }
    }

    /// Throws where the soup cannot be written as the ingredients are: a parameter of numbers that cannot be mixed.
    static func checkFiles(_ pool: IngredientPool, _ model: VisionModel) throws {
        _ = try ModelFiles(like: pool.ingredients[0], layout: model.graph.layout)
    }

    /// What looks wrong before anything is computed; the same on every rank.
    package var doubts: [Doubt] {
        pool.doubts + model.doubts + dataDoubts
    }

    package var layout: ParameterLayout { model.graph.layout }

    package var normalisation: Normalisation { Self.normalisation(model) }

    /// Element type of every parameter of the layout, as the ingredients store it.
    package func elementTypes() throws -> [ElementType] {
        try layout.parameters.map { try pool.ingredients[0].elementType(of: $0) }
    }
}
