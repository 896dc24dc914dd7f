import Checkpoints
import Datasets
import Diagnostics
import Files
import Graphs
import Kernels
import Soups
import Tensors
import Traces

/// Learns a soup and writes what came of it into a folder: the coordinator's side of `learn`.
package struct SoupRun {
    private let coordinator: Coordinator
    private let settings: LearnSettings
    private let folder: RunFolder
    private let options: [(name: String, value: String)]
    private let configuration: String?
    private let version: String
    private let didStart: () -> Void

    /// * `options`: the resolved options that the trace records; none that may differ between equal runs
    /// * `configuration`: the text of `config.yaml`; nil for none
    /// * `didStart`: called once, when the ingredients have been read and learning begins
    package init(
        _ coordinator: Coordinator,
        _ settings: LearnSettings,
        folder: RunFolder,
        options: [(name: String, value: String)],
        configuration: String? = nil,
        version: String,
        didStart: @escaping () -> Void = {}
    ) {
        self.coordinator = coordinator
        self.settings = settings
        self.folder = folder
        self.options = options
        self.configuration = configuration
        self.version = version
        self.didStart = didStart
    }

    private var worker: Worker { coordinator.worker }
    private var inputs: RunInputs { worker.inputs }

    /// Learns, mixes, evaluates and writes; returns the run's metrics.
    ///
    /// Where it throws, the folder's files are as they were. The unfinished trace stays beside them, so that one can see
    /// how the run failed, unless the input was wrong.
    package func run() throws -> RunMetrics {
        let start = ContinuousClock.now
        let digests = try coordinator.digests()
        let order = BatchOrder(
            sampleCount: inputs.datasets[0].count,
            batchSize: settings.batchSize,
            seed: settings.seed
        )
        var learner = HyperplaneLearner(
            settings: settings.soup(poolCount: inputs.pool.count, batchesPerEpoch: order.batchesPerEpoch),
            ingredientCount: inputs.pool.count,
            groupCount: worker.groups.count
        )
        var objective = PoolObjective(coordinator, order: order)
        let progress = ProgressMeter(total: learner.totalSteps, isSpeaking: true)
        var recorder = RunRecorder(
            objective,
            files: TraceFiles(inFolder: folder.path),
            header: header,
            hosts: coordinator.reports.map(\.host),
            level: settings.traceLevel,
            progress: progress,
            didStart: didStart
        )
        do {
            return try learn(&learner, &objective, &recorder, digests, since: start)
        } catch {
            progress.finish()
            folder.discard()
            if error is any InputError { recorder.discard() }
            throw error
        }
    }

    private func learn(
        _ learner: inout HyperplaneLearner,
        _ objective: inout PoolObjective,
        _ recorder: inout RunRecorder,
        _ digests: [String],
        since start: ContinuousClock.Instant
    ) throws -> RunMetrics {
        let alpha = try learner.run(objective: &objective, observer: &recorder)
        recorder.progress.finish()
        let perStep = recorder.phaseSeconds.reduce(0, +) / Double(learner.totalSteps)
        let parameters = try coordinator.mix(alpha)
        let heldOut = try coordinator.evaluate(0)
        let test = inputs.datasets.count > 1 ? try coordinator.evaluate(1) : nil
        try write(alpha, parameters, digests)
        try recorder.finish(
            TraceFooter(alpha: alpha.values, heldOutAccuracy: heldOut.accuracy, heldOutLoss: heldOut.meanLoss)
        )
        let metrics = metrics(
            learner.totalSteps,
            heldOut: heldOut,
            test: test,
            recorder: recorder,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            secondsPerStep: perStep
        )
        try folder.write(metrics.json(pretty: true) + "\n", to: "metrics.json")
        if let configuration { try folder.write(configuration, to: "config.yaml") }
        try folder.commit()
        try recorder.commit()
        return metrics
    }

    private func write(
        _ alpha: CoefficientMatrix,
        _ parameters: UnsafePointer<Float>,
        _ digests: [String]
    ) throws {
        let models = zip(inputs.pool.files, digests).map {
            CoefficientsFile.Model(path: $0.path, sha256: $1)
        }
        let columns = (0..<alpha.columns).map { group in (0..<alpha.rows).map { alpha[$0, group] } }
        let coefficients = CoefficientsFile(models: models, groups: worker.groups.names, alpha: columns)
        let name = "coefficients.json"
        try folder.write(try coefficients.text(for: folder.file(name)), to: name)
        try folder.write(inputs.model.description.text, to: "config.json")
        try writeModel(parameters, inputs, into: folder.newFile("model.safetensors"))
    }

    private var header: TraceHeader {
        var sizes = [Int](repeating: 0, count: worker.groups.count)
        for (parameter, group) in zip(inputs.layout.parameters, worker.groups.ofParameter) {
            sizes[group] += parameter.range.count
        }
        return TraceHeader(
            programVersion: version,
            method: settings.method.rawValue,
            granularity: settings.granularity.rawValue,
            seed: settings.seed,
            ingredients: inputs.pool.files.map(\.path),
            groups: zip(worker.groups.names, sizes).map { TraceHeader.Group(name: $0, parameters: $1) },
            options: options.map { TraceHeader.Option(name: $0.name, value: $0.value) }
        )
    }

    private func metrics(
        _ steps: Int,
        heldOut: LossSum,
        test: LossSum?,
        recorder: RunRecorder,
        seconds: Double,
        secondsPerStep: Double
    ) -> RunMetrics {
        let ranks = worker.transport.size
        let memory = worker.memory
        let mib = 1048576.0
        let phases = zip(TracePhase.allCases.map(\.rawValue), recorder.phaseSeconds)
        return RunMetrics(
            method: settings.method.rawValue,
            granularity: settings.granularity.rawValue,
            ingredients: inputs.pool.count,
            groups: worker.groups.count,
            parameters: inputs.layout.count,
            heldoutAccuracy: heldOut.accuracy,
            heldoutLoss: heldOut.meanLoss,
            heldoutSamples: heldOut.count,
            testAccuracy: test?.accuracy,
            testLoss: test?.meanLoss,
            testSamples: test?.count,
            seconds: seconds,
            secondsPerStep: secondsPerStep,
            steps: steps,
            phaseSeconds: Dictionary(uniqueKeysWithValues: phases),
            peakRssMib: Double(coordinator.reports.map(\.peakResidentBytes).max() ?? 0) / mib,
            memoryMib: [
                "slices": Double(memory.slices) / mib,
                "parameters": Double(memory.parameters) / mib,
                "gradients": Double(memory.gradients) / mib,
                "activations": Double(memory.activations) / mib,
                "messages": Double(memory.messages) / mib,
                "sum": Double(memory.total) / mib,
            ],
            ranks: ranks,
            threads: settings.threads,
            bytesSent: coordinator.reports.map(\.bytesSent).reduce(0, +),
            bytesSentPerRankAndStep: Double(recorder.stepBytes) / Double(ranks) / Double(max(steps, 1)),
            kernels: KernelSet.current.description
        )
    }
}

/// Writes mixed parameters as the ingredients are written: names, shapes, element types, order.
///
/// The caller commits the file.
package func writeModel(
    _ parameters: UnsafePointer<Float>,
    _ inputs: RunInputs,
    into file: AtomicFile
) throws {
    try CheckpointWriter.write(
        parameters,
        layout: inputs.layout,
        types: inputs.elementTypes(),
        metadata: inputs.pool.files[0].metadata,
        like: inputs.pool.files[0],
        into: file
    )
}
