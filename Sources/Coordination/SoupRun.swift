import Checkpoints
import Datasets
import Diagnostics
import Files
import Foundation
import Graphs
import Kernels
import Soups
import Tensors
import Traces

/// Makes a soup by one method and writes what came of it into a folder: the coordinator's side of `learn`.
package struct SoupRun {
    let coordinator: Coordinator
    let settings: LearnSettings
    private let folder: RunFolder
    private let options: [(name: String, value: String)]
    private let configuration: String?
    private let page: (RunResult) -> String
    private let version: String
    private let didStart: () -> Void

    /// * `options`: the resolved options that the trace records; none that may differ between equal runs
    /// * `configuration`: the text of `config.yaml`; nil for none
    /// * `page`: makes `report.html`; empty for none
    /// * `didStart`: called once, when the ingredients have been read and the work begins
    package init(
        _ coordinator: Coordinator,
        _ settings: LearnSettings,
        folder: RunFolder,
        options: [(name: String, value: String)],
        configuration: String? = nil,
        page: @escaping (RunResult) -> String = { _ in "" },
        version: String,
        didStart: @escaping () -> Void = {}
    ) {
        self.coordinator = coordinator
        self.settings = settings
        self.folder = folder
        self.options = options
        self.configuration = configuration
        self.page = page
        self.version = version
        self.didStart = didStart
    }

    var worker: Worker { coordinator.worker }
    var inputs: RunInputs { worker.inputs }

    /// Makes the soup, evaluates and writes it.
    ///
    /// Where it throws, the folder's files are as they were. The unfinished trace stays beside them, so that one can see
    /// how the run failed, unless the input was wrong.
    ///
    /// * `shared`: what runs on the same inputs have in common; what this one finds out is added
    package func run(_ shared: inout SharedFindings) throws -> RunResult {
        let clock = ContinuousClock.now
        let known = shared.seconds(of: settings)
        let digests = try shared.digests ?? coordinator.digests()
        if shared.digests == nil { shared.digestSeconds = (.now - clock) / .seconds(1) }
        shared.digests = digests
        if shared.hosts.isEmpty { shared.hosts = coordinator.reports.map(\.host) }
        let order = BatchOrder(
            sampleCount: worker.heldOut.learning.count,
            batchSize: settings.batchSize,
            seed: settings.seed
        )
        let objective = PoolObjective(coordinator, order: order, learning: worker.heldOut.learning)
        let recorder = RunRecorder(
            objective,
            files: TraceFiles(inFolder: folder.path),
            header: header,
            hosts: shared.hosts,
            level: settings.traceLevel,
            totalSteps: totalSteps(order),
            didStart: didStart
        )
        do {
            let soup = try make(objective, recorder, &shared)
            recorder.progress.finish()
            return try finish(soup, recorder, digests, since: clock, beside: known)
        } catch {
            recorder.progress.finish()
            folder.discard()
            if error is any InputError { recorder.discard() }
            throw error
        }
    }

    private func make(
        _ objective: PoolObjective,
        _ recorder: RunRecorder,
        _ shared: inout SharedFindings
    ) throws -> Soup {
        switch settings.method {
        case .best, .uniform, .greedy: return try cook(recorder, &shared)
        case .learned, .learnedPlus: return try learn(SimplexSpace.self, objective, recorder, &shared)
        case .hl, .hlPlus, .mehl, .mehlPlus:
            return try learn(HyperplaneSpace.self, objective, recorder, &shared)
        }
    }

    private func finish(
        _ soup: Soup,
        _ recorder: RunRecorder,
        _ digests: [String],
        since start: ContinuousClock.Instant,
        beside known: Double
    ) throws -> RunResult {
        let parameters = try coordinator.mix(soup.alpha)
        let heldOut = try coordinator.evaluate(0)
        let test = inputs.datasets.count > 1 ? try coordinator.evaluate(1) : nil
        try write(soup, parameters, digests)
        try recorder.finish(
            TraceFooter(
                alpha: soup.alpha.values,
                heldOutAccuracy: heldOut.accuracy,
                heldOutLoss: heldOut.meanLoss,
                temperature: soup.temperature
            )
        )
        let metrics = metrics(
            soup,
            heldOut: heldOut,
            test: test,
            recorder: recorder,
            seconds: known + (ContinuousClock.now - start) / .seconds(1)
        )
        let result = RunResult(
            metrics: metrics,
            alpha: soup.alpha,
            ingredients: inputs.pool.files.map { name(of: $0.path) },
            groups: header.groups,
            history: recorder.history,
            phaseSeconds: recorder.phaseSeconds,
            options: options
        )
        try folder.write(metrics.json(pretty: true) + "\n", to: "metrics.json")
        if let configuration { try folder.write(configuration, to: "config.yaml") }
        let html = page(result)
        if !html.isEmpty { try folder.write(html, to: "report.html") }
        try folder.commit()
        try recorder.commit()
        return result
    }

    private func write(_ soup: Soup, _ parameters: UnsafePointer<Float>, _ digests: [String]) throws {
        let alpha = soup.alpha
        let models = zip(inputs.pool.files, digests).map {
            CoefficientsFile.Model(path: $0.path, sha256: $1)
        }
        let columns = (0..<alpha.columns).map { group in (0..<alpha.rows).map { alpha[$0, group] } }
        let coefficients = CoefficientsFile(
            models: models,
            groups: worker.groups.names,
            alpha: columns,
            temperature: soup.temperature
        )
        let name = "coefficients.json"
        try folder.write(try coefficients.text(for: folder.file(name)), to: name)
        try folder.write(inputs.model.description.text, to: "config.json")
        try writeModel(parameters, inputs, into: folder.newFile("model.safetensors"))
    }

    private func totalSteps(_ order: BatchOrder) -> Int {
        guard settings.method.learns else { return 0 }
        return settings.totalSteps(poolCount: inputs.pool.count, batchesPerEpoch: order.batchesPerEpoch)
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
        _ soup: Soup,
        heldOut: LossSum,
        test: LossSum?,
        recorder: RunRecorder,
        seconds: Double
    ) -> RunMetrics {
        let ranks = worker.transport.size
        let memory = worker.memory
        let mib = 1048576.0
        let steps = recorder.history.losses.count
        let phases = zip(TracePhase.allCases.map(\.rawValue), recorder.phaseSeconds)
        let perStep = Double(max(steps, 1))
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
            secondsPerStep: recorder.phaseSeconds.reduce(0, +) / perStep,
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
            bytesSentPerRankAndStep: Double(recorder.stepBytes) / Double(ranks) / perStep,
            kernels: KernelSet.current.description,
            temperature: soup.temperature,
            seed: settings.seed,
            monitorAccuracy: soup.monitored?.accuracy,
            monitorLoss: soup.monitored?.meanLoss,
            monitorSamples: soup.monitored?.count,
            written: soup.name,
            findings: soup.findings
        )
    }
}
