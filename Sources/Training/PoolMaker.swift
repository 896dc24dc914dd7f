import Checkpoints
import Diagnostics
import Files
import Graphs
import MessagePassing
import Tensors

/// Makes a pool: rank 0 pretrains the base, then ingredient k is fine-tuned by rank k mod R, which writes its file.
///
/// The files are the same bit for bit for any number of ranks and threads.
package final class PoolMaker {
    private let settings: PoolSettings
    private let transport: any Transport
    private let output: ProgressMeter.Output
    private let didStart: () -> Void

    /// * `output`: where rank 0 shows its progress
    /// * `didStart`: called on rank 0 when everything has been checked and training begins
    package init(
        _ settings: PoolSettings,
        on transport: any Transport,
        output: ProgressMeter.Output = .standardError,
        didStart: @escaping () -> Void = {}
    ) {
        self.settings = settings
        self.transport = transport
        self.output = output
        self.didStart = didStart
    }

    /// Makes and writes the whole pool; every rank calls it.
    ///
    /// - Returns: the result at rank 0, nil elsewhere.
    /// - Throws: on all ranks alike an `InputError` where an option, a data set or the folder is wrong, else a `RunError`;
    ///   what was written is removed.
    package func make() throws -> PoolResult? {
        let folder = PoolFolder(settings.folder)
        let materials = try transport.agreeing {
            try settings.check()
            try folder.checkVacant()
            return try PoolMaterials(settings)
        }
        do {
            try transport.agreeing { try folder.create(rank: transport.rank) }
            if transport.isCoordinator { didStart() }
            return try make(materials, folder)
        } catch {
            folder.discard()
            throw error
        }
    }

    private func make(_ materials: PoolMaterials, _ folder: PoolFolder) throws -> PoolResult? {
        let plans = plans(materials)
        let own = plans.ingredients.indices.filter { $0 % transport.size == transport.rank }
        let steps = own.reduce(0) { $0 + plans.ingredients[$1].settings.steps }
        let work = PoolWork(
            materials,
            folder: folder,
            meter: ProgressMeter(
                total: steps + plans.base.settings.steps,
                isSpeaking: transport.isCoordinator,
                output: output
            )
        )
        let base = AlignedBuffer<Float>(count: materials.graph.layout.count)
        let baseReport = try transport.agreeing { () throws -> ModelReport? in
            guard transport.isCoordinator else { return nil }
            materials.transformer.initialise(
                base.base,
                layout: materials.graph.layout,
                seed: settings.weightSeed
            )
            let trainer = work.trainer(lanes: settings.lanes, threads: settings.pretrainThreads)
            return try work.make(plans.base, base, trainer)
        }
        let pretrainSeconds = work.meter.elapsed
        try share(base)
        let reports = try transport.agreeing {
            let trainer = work.trainer(lanes: settings.lanes, threads: settings.threads)
            let parameters = AlignedBuffer<Float>(count: base.count)
            return try own.map { index in
                parameters.base.update(from: base.base, count: base.count)
                return try work.make(plans.ingredients[index], parameters, trainer)
            }
        }
        let gathered = try transport.gather(Array(PoolJSON.encode(reports, pretty: false)))
        let report = try transport.agreeing { () throws -> PoolReport? in
            guard let gathered, let baseReport else { return nil }
            let report = try assemble(baseReport, ingredients: gathered)
            let text = String(decoding: try PoolJSON.encode(report, pretty: true), as: UTF8.self)
            // Last, so that what an interrupted run leaves is not taken for a pool.
            try AtomicFile.write(description(materials), to: folder.file("config.json"))
            try AtomicFile.write(text + "\n", to: folder.file("ingredients.json"))
            return report
        }
        work.meter.finish()
        guard let report else { return nil }
        return PoolResult(
            report: report,
            seconds: work.meter.elapsed,
            pretrainSeconds: pretrainSeconds,
            trainedSamples: ([plans.base] + plans.ingredients).reduce(0) { $0 + $1.trainedSamples }
        )
    }

    private func plans(_ materials: PoolMaterials) -> (base: ModelPlan, ingredients: [ModelPlan]) {
        let count = materials.dataset.count
        let chosen = settings.pretrainSamples(of: count)
        let base = ModelPlan(
            name: "base",
            settings: settings.baseSettings(samples: chosen.count),
            samples: chosen
        )
        let ingredients = (0..<settings.count).map { index in
            ModelPlan(
                name: PoolFolder.ingredientName(index, of: settings.count),
                settings: settings.ingredientSettings(index, samples: count),
                samples: Array(0..<count)
            )
        }
        return (base, ingredients)
    }

    private func description(_ materials: PoolMaterials) throws -> String {
        let description = TimmDescription(materials.transformer, materials.normalisation)
        return String(decoding: try PoolJSON.encode(description, pretty: true), as: UTF8.self) + "\n"
    }

    /// Gives every rank the base of rank 0.
    private func share(_ base: AlignedBuffer<Float>) throws {
        let bytes = UnsafeMutableRawBufferPointer(base.elements)
        let common = try transport.broadcast(transport.isCoordinator ? Array(bytes) : nil)
        bytes.copyBytes(from: common)
    }

    /// Puts the ranks' reports, one list per rank, into the order of the ingredients.
    private func assemble(_ base: ModelReport, ingredients gathered: [[UInt8]]) throws -> PoolReport {
        let lists = try gathered.map { try PoolJSON.decode([ModelReport].self, $0) }
        return PoolReport(
            data: settings.data,
            heldoutData: settings.heldoutData,
            testData: settings.evaluationData,
            seed: settings.seed,
            spread: settings.spread,
            lanes: settings.lanes,
            base: base,
            ingredients: (0..<settings.count).map { lists[$0 % lists.count][$0 / lists.count] }
        )
    }
}
