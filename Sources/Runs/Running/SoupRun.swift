import Checkpoints
import Coordination
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
    let folder: RunFolder
    let options: [(name: String, value: String)]
    let pages: (RunResult) -> [Page]
    private let version: String
    private let interval: SaveInterval
    private let interrupted: InterruptedRun
    let notice: (String) -> Void
    let takesDoubtful: Bool
    private let baseBytes: Int
    private let didLook: (PoolLook, _ isNew: Bool, RunForecast?) -> Void
    private let didStart: ([Doubt]) -> Void

    /// * `options`: the resolved options that the trace records; none that may differ between equal runs
    /// * `pages`: what is to be written for people
    /// * `interval`: how often the run's state is saved
    /// * `interrupted`: what becomes of a run that was interrupted in the folder
    /// * `notice`: gets a line on what is odd and can be lived with
    /// * `takesDoubtful`: whether to go on where the input looks wrong
    /// * `baseBytes`: resident before the worker was made
    /// * `didLook`: called with what the first look found, whether a run before had found it, and what the run will take,
    ///   after `didStart`
    /// * `didStart`: called once with what looks wrong, when the ingredients have been read and the work begins
    package init(
        _ coordinator: Coordinator,
        _ settings: LearnSettings,
        folder: RunFolder,
        options: [(name: String, value: String)],
        pages: @escaping (RunResult) -> [Page] = { _ in [] },
        version: String,
        interval: SaveInterval = .seconds(600),
        interrupted: InterruptedRun = .refuse,
        notice: @escaping (String) -> Void = { _ in },
        takesDoubtful: Bool = true,
        baseBytes: Int = 0,
        didLook: @escaping (PoolLook, _ isNew: Bool, RunForecast?) -> Void = { _, _, _ in },
        didStart: @escaping ([Doubt]) -> Void = { _ in }
    ) {
        self.coordinator = coordinator
        self.settings = settings
        self.folder = folder
        self.options = options
        self.pages = pages
        self.version = version
        self.interval = interval
        self.interrupted = interrupted
        self.notice = notice
        self.takesDoubtful = takesDoubtful
        self.baseBytes = baseBytes
        self.didLook = didLook
        self.didStart = didStart
    }

    var worker: Worker { coordinator.worker }
    var inputs: RunInputs { worker.inputs }

    /// Makes the soup, evaluates and writes it; where the run has ended already and is to be resumed, reads it.
    ///
    /// Where it throws, the folder's files are as they were. The state and the unfinished traces stay beside them, so that
    /// the run can be taken up again and one can see how it failed, unless the input was wrong from the start.
    ///
    /// * `shared`: what runs on the same inputs have in common; what this one finds out is added
    package func run(_ shared: inout SharedFindings) throws -> RunResult {
        let clock = ContinuousClock.now
        let known = shared.seconds(of: settings)
        let digests = try shared.digests ?? coordinator.digests()
        if shared.digests == nil {
            shared.digestSeconds = (.now - clock) / .seconds(1)
        }
        shared.digests = digests
        if shared.hosts.isEmpty { shared.hosts = coordinator.reports.map(\.host) }
        let finished = FinishedRun(folder: folder, header: header, digests: digests)
        if interrupted == .resume, let result = try end(finished) { return result }
        try leaveIfAsked(nil)
        let facts = try facts(digests)
        let resumption = interrupted == .resume ? try resumption(facts, shared.hosts) : nil
        let saver = RunSaver(
            states,
            interval,
            facts: facts,
            kernels: KernelSet.current.description(settings.precision),
            version: version,
            sequence: (resumption?.sequence ?? -1) + 1,
            resuming: resumption?.state
        )
        let objective = PoolObjective(coordinator, settings, centre: resumption?.state.centre)
        let (files, header, hosts) = (files, header, shared.hosts)
        let unmeasured = worker.meter == nil ? inputs.statisticsDoubt : nil
        var doubts = inputs.doubts + [unmeasured].compactMap(\.self) + duplicateDoubts(digests)
        let recorder = RunRecorder(
            objective,
            saver,
            level: settings.traceLevel,
            totalSteps: totalSteps,
            resuming: resumption,
            begin: { try RunTraces(files, header: header, hosts: hosts) },
            didStart: { didStart(doubts) }
        )
        do {
            let looks = shared.looks.count
            let look = try look(recorder, &shared)
            // A look that only a recipe asked for is nobody else's.
            let shown = worker.settings.look > 0 ? look : nil
            if let look = shown {
                doubts += look.doubts(inputs.pool.names, data: inputs.datasets[0].name)
            }
            if !takesDoubtful, let refusal = DoubtfulInput(doubts) { throw refusal }
            if let look = shown {
                recorder.announce()
                didLook(look, shared.looks.count > looks, forecast(look))
            }
            var soup = try make(objective, recorder, resumption, look, shared.answers)
            soup.findings = doubts.map { RunFinding(.warning, $0.text) } + soup.findings
            recorder.progress.finish()
            let result = try finish(soup, shown, recorder, saver, digests, &shared, beside: known)
            saver.remove()
            return result
        } catch {
            recorder.progress.finish()
            folder.discard()
            throw after(error, recorder, saver, isResumed: resumption != nil)
        }
    }

    /// Looks at the ingredients; what another run on the same inputs found is taken over.
    private func look(_ recorder: RunRecorder, _ shared: inout SharedFindings) throws -> PoolLook? {
        guard worker.settings.look > 0 || settings.asksIngredients else { return nil }
        recorder.isLooking = true
        defer { recorder.isLooking = false }
        // A recipe by itself looks at all images, whatever --look says.
        let isRecipe = !settings.method.learns && settings.asksIngredients
        let part: HeldOutPart = isRecipe || worker.settings.look == 0 ? .all : .look
        let samples = worker.heldOut.samples(part)
        let known = shared.looks.first {
            $0.part == part.traced && $0.sampled == samples
                && ($0.evidence != nil) == settings.asksIngredients
        }
        if let look = known {
            for found in look.evaluations
            where try recorder.known(found.subject, found.part, found.ingredients) == nil {
                try recorder.didEvaluate(found)
            }
            return look
        }
        let looker = PoolLooker(coordinator, on: part, recorder, keepsAnswers: settings.asksIngredients)
        let look = try looker.look()
        shared.looks.append(look)
        return look
    }

    private func forecast(_ look: PoolLook) -> RunForecast? {
        look.rates.map { RunForecast(worker, settings, $0, baseBytes: baseBytes) }
    }

    var files: TraceFiles { TraceFiles(inFolder: folder.path) }
    var states: RunStateFiles { RunStateFiles(folder: folder.path) }

    /// What the error comes to, once what is of no use any more has been taken away.
    private func after(
        _ error: any Error,
        _ recorder: RunRecorder,
        _ saver: RunSaver,
        isResumed: Bool
    ) -> any Error {
        if let file = error as? FileError, saver.hasSaved || isResumed, recorder.hasProgress {
            // A disk that is full now, having held all that came before, is no wrong input.
            return RunError("\(file); the state is saved: make room, and go on with --resume")
        }
        // Ingredients and images that are wrong were so from the start: nothing can go on from there.
        guard error is any InputError else { return error }
        recorder.discard()
        saver.remove()
        return error
    }

    /// Ends the run where it was asked to stop.
    ///
    /// * `saver`: nil where nothing can have been saved yet
    func leaveIfAsked(_ saver: RunSaver?) throws {
        guard let signal = coordinator.stopSignal else { return }
        let isSaved = saver?.hasSaved == true || !states.present.isEmpty
        throw StoppedRun("stopped by \(signal), \(isSaved ? "state saved" : "with nothing to save yet")")
    }

    private var totalSteps: Int {
        guard settings.method.learns else { return 0 }
        return settings.totalSteps(poolCount: inputs.pool.count, batchesPerEpoch: batchesPerEpoch)
    }

    var header: TraceHeader {
        var sizes = [Int](repeating: 0, count: worker.groups.count)
        for (parameter, group) in zip(inputs.layout.parameters, worker.groups.ofParameter) {
            sizes[group] += parameter.range.count
        }
        return TraceHeader(
            programVersion: version,
            method: settings.method.rawValue,
            granularity: settings.granularity.rawValue,
            seed: settings.seed,
            ingredients: inputs.pool.ingredients.map(\.path),
            groups: zip(worker.groups.names, sizes).map { TraceHeader.Group(name: $0, parameters: $1) },
            options: options.map { TraceHeader.Option(name: $0.name, value: $0.value) }
        )
    }
}
