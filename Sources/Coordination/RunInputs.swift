import Checkpoints
import Datasets
import Diagnostics
import Files
import Foundation
import Graphs
import Kernels
import Tensors
import VisionModels

/// What a run works on, opened and checked against each other on one rank: no weights are read yet.
package struct RunInputs: Sendable {
    package let pool: IngredientPool
    package let model: VisionModel
    /// The held-out data first, where there is any.
    package let datasets: [Dataset]

    /// * `models`: files, folders and globs
    /// * `datasets`: references as in `Dataset.open`
    package init(models: [String], datasets: [String]) throws {
        pool = try IngredientPool(patterns: models)
        model = try Self.model(pool.files[0])
        try Self.checkDescriptions(pool, model)
        self.datasets = try datasets.map { try Dataset.open($0) }
        for dataset in self.datasets {
            try dataset.checkImages(channels: model.channels, height: model.height, width: model.width)
            try dataset.checkLabels(classes: model.graph.classes)
        }
    }

    private static func model(_ file: CheckpointFile) throws -> VisionModel {
        let shapes = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.key, $0.value.shape) })
        return try VisionModel(ModelDescription(beside: file.path), shapes: shapes, file: file.path)
    }

    /// Throws where the description in another folder makes another model of the same tensors than `first`.
    ///
    /// A folder without description goes by the first ingredient's.
    private static func checkDescriptions(_ pool: IngredientPool, _ first: VisionModel) throws {
        var seen: Set = [first.description.path]
        for file in pool.files {
            let folder = file.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let description = (folder + ["config.json"]).joined(separator: "/")
            guard seen.insert(description).inserted else { continue }
            guard FileManager.default.fileExists(atPath: description) else { continue }
            try model(file).checkAgreement(with: first)
        }
    }

    /// Throws where `folder` holds an ingredient: the soup would be taken for one of them by the next run.
    package func checkOutput(folder: String) throws {
        for file in pool.files
        where Self.place(Files.folder(of: file.path)) == Self.place(folder) {
            throw FileError(folder, "expected a folder without ingredients to write into, found \(file.path)")
        }
    }

    /// Throws where `file` is an ingredient.
    package func checkOutput(file: String) throws {
        for ingredient in pool.files where Self.place(ingredient.path) == Self.place(file) {
            throw FileError(
                file,
                "expected another file to write than an ingredient, found \(ingredient.path)"
            )
        }
    }

    private static func place(_ path: String) -> String {
        URL(fileURLWithPath: path.isEmpty ? "." : path).resolvingSymlinksInPath().path
    }

    package var layout: ParameterLayout { model.graph.layout }

    package var normalisation: Normalisation { Normalisation(mean: model.mean, std: model.std) }

    /// Element type of every parameter of the layout, as the ingredients store it.
    package func elementTypes() throws -> [ElementType] {
        try layout.parameters.map { try pool.files[0].tensor(of: $0).type }
    }
}

/// How the work is shared out; the same on every rank but for the number of threads.
package struct WorkSettings: Sendable {
    package var granularity: Granularity
    package var lanes: LanePlan
    package var threads: Int
    package var sliceType: SliceType
    /// Ingredients of a coefficient block; 0 where nothing is learned.
    package var blockSize: Int
    /// Share of the held-out data that is set aside.
    package var monitor: Double
    /// Decides which.
    package var seed: UInt64

    /// What serves mixing and evaluating, where nothing is learned.
    package init(_ inputs: RunInputs, threads: Int, granularity: Granularity = .model) {
        let microBatch = LanePlan.defaultMicroBatch(inputs.model.graph)
        self.init(
            granularity: granularity,
            lanes: LanePlan(lanes: 1, microBatch: microBatch),
            threads: threads
        )
    }

    package init(
        granularity: Granularity,
        lanes: LanePlan,
        threads: Int,
        sliceType: SliceType = .f32,
        blockSize: Int = 0,
        monitor: Double = 0,
        seed: UInt64 = 1
    ) {
        self.granularity = granularity
        self.lanes = lanes
        self.threads = threads
        self.sliceType = sliceType
        self.blockSize = blockSize
        self.monitor = monitor
        self.seed = seed
    }
}
