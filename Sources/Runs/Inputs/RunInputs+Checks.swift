import Checkpoints
import Coordination
import Datasets
import MessagePassing
import VisionModels

/// What a rank opens and checks by itself.
extension RunInputs {
    /// Opens everything on this rank alone.
    ///
    /// * `models`: files, folders and globs
    /// * `weights`: which weights of training checkpoints; nil as timm reads them
    /// * `graph`: of a model that is of no known family, as PyTorch exported it
    /// * `datasets`: references as in `Dataset.open`
    /// * `unlabelled`: one more, without labels
    package init(
        models: [String],
        weights: WeightsKind? = nil,
        graph: String? = nil,
        datasets: [String],
        unlabelled: String? = nil,
        images: ImageSettings = ImageSettings()
    ) throws {
        let pool = try IngredientPool(patterns: models, weights: weights)
        let description = try ModelDescription(
            folder: pool.ingredients[0].folder,
            architecture: graph.map { try ArchitectureFile($0).named(as: pool.ingredients) }
        )
        let model = try Self.model(pool.ingredients[0], description)
        try Self.checkDescriptions(pool, model)
        try Self.checkFiles(pool, model)
        let budget = ImageBudget(bytes: images.budget(ranks: 1, planned: 0) / 2)
        let data = try Self.open(datasets, unlabelled: unlabelled, for: model, budget)
        let (sound, bad) = try Self.checked(data, images, on: MemoryTransport.alone())
        self.init(
            pool,
            model,
            sound,
            doubts: try Self.doubts(of: sound, model),
            images: (images, budget, bad)
        )
    }

    static func open(
        _ references: [String],
        unlabelled: String?,
        for model: VisionModel,
        _ budget: ImageBudget
    ) throws -> [Dataset] {
        let all = references.map { ($0, true) } + (unlabelled.map { [($0, false)] } ?? [])
        return try all.map { reference, labelled in
            let dataset = try Dataset.open(
                reference,
                labelled: labelled,
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
}
