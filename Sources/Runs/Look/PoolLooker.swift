import Checkpoints
import Coordination
import Diagnostics
import Graphs
import Soups
import Tensors
import Traces

/// Takes a first look at a pool on all ranks: the mean of all ingredients, then each by itself, every one read once,
/// each rank its slice.
package struct PoolLooker {
    private let coordinator: Coordinator
    private let part: HeldOutPart
    private let recorder: RunRecorder?
    private let keepsAnswers: Bool

    private var worker: Worker { coordinator.worker }

    /// * `part`: of the held-out data, `.look` or `.all`
    /// * `recorder`: gets every evaluation that is made, and knows those of an interrupted run; nil for no record
    /// * `keepsAnswers`: keeps what the ingredients answer on all held-out images, whatever the part
    init(
        _ coordinator: Coordinator,
        on part: HeldOutPart,
        _ recorder: RunRecorder?,
        keepsAnswers: Bool = false
    ) {
        self.keepsAnswers = keepsAnswers
        self.coordinator = coordinator
        self.part = part
        self.recorder = recorder
    }

    /// Whether the part is all held-out images.
    private var isOfAll: Bool { worker.heldOut.samples(part).count == worker.inputs.datasets[0].count }

    /// A look by itself, of which nothing is recorded.
    package init(_ coordinator: Coordinator) {
        self.init(coordinator, on: .look, nil)
    }

    /// - Throws: what is wrong with an ingredient's weights or an image, as the run itself would.
    package func look() throws -> PoolLook {
        let start = ContinuousClock.now
        let pool = worker.inputs.pool
        var (rates, perImage, perIngredient, perGather) = (LookRates(), [Double](), [Double](), [Double]())
        let progress = ProgressMeter(total: pool.count, isSpeaking: true)
        defer { progress.finish() }

        rates.perPool = try timed { _ = try coordinator.mix(worker.mean(of: Array(0..<pool.count))) }
        let ofMean = try measured(.keep)
        try coordinator.measureStatistics()
        var answers: Answers?
        let uniform =
            pool.count > 1 ? try evaluate(.mean, Array(0..<pool.count), nil, &perImage, &answers) : nil

        let mixed = worker.mixedParameters
        var squares = worker.inputs.layout.parameters.indices.map {
            PoolSquares(norms: [], fromMean: [], mean: ofMean[1, $0])
        }
        var ingredients: [TraceEvaluation] = []
        var evidence = keepsAnswers ? EvidenceBuilder(worker) : nil
        evidence?.uniform = answers?.predictions
        for ingredient in pool.ingredients.indices {
            perIngredient.append(try timed { _ = try coordinator.mix(worker.mean(of: [ingredient])) })
            perGather.append(coordinator.secondsOfGather)
            var sums = CoefficientMatrix(rows: 0, columns: 0)
            let seconds = try timed { sums = try measured(.compare) }
            rates.bytesPerSecond = 8 * Double(worker.chunks.count) / max(seconds, 1e-9)
            for index in squares.indices {
                squares[index].fromMean.append(sums[0, index])
                squares[index].norms.append(sums[1, index])
            }
            let distance = mixed.reduce(0) { $0 + sums[0, $1] }.squareRoot()
            let found = try evaluate(.ingredient, [ingredient], distance, &perImage, &answers)
            ingredients.append(found)
            if keepsAnswers, !isOfAll { answers = try coordinator.answers(.all) }
            if let answers { evidence?.add(answers) }
            progress.update(step: ingredient + 1, "looking_at=ingredients accuracy=\(found.accuracy)")
        }
        try coordinator.give(.measure(.forget))

        rates.perImage = perImage.median
        rates.perNewImage = max((perImage.first ?? 0) - rates.perImage, 0)
        rates.perIngredient = perIngredient.median
        rates.perGather = perGather.median
        rates.seconds = (.now - start) / .seconds(1)
        let sampled = worker.heldOut.samples(part)
        let labels = sampled.map { worker.inputs.datasets[0].labels[$0] }
        let shares = Dictionary(grouping: labels) { $0 }.sorted { $0.key < $1.key }
            .map { Double($0.value.count) / Double(labels.count) }
        return PoolLook(
            ingredients: ingredients,
            uniform: uniform,
            normOfMean: mixed.reduce(0) { $0 + ofMean[1, $1] }.squareRoot(),
            origin: CommonOrigin(
                worker.inputs.layout.part(mixed),
                mixed.map { squares[$0] }
            ),
            chance: shares.reduce(0) { $0 + $1 * $1 },
            mostFrequent: shares.max() ?? 1,
            heldOut: worker.inputs.datasets[0].count,
            sampled: sampled,
            evidence: evidence?.evidence,
            rates: perImage.isEmpty ? nil : rates
        )
    }

    /// Per parameter: Σ(θ − kept)² and Σθ².
    private func measured(_ measure: Measure) throws -> CoefficientMatrix {
        try coordinator.give(.measure(measure))
        return coordinator.parameterSums(width: 2)
    }

    /// How the present parameters do, or did in the run that was interrupted.
    private func evaluate(
        _ subject: TraceEvaluation.Subject,
        _ ingredients: [Int],
        _ distance: Double?,
        _ perImage: inout [Double],
        _ answers: inout Answers?
    ) throws -> TraceEvaluation {
        let known = try recorder?.known(subject, part.traced, ingredients)
        let keepsAnswers = keepsAnswers && isOfAll
        if let known, !keepsAnswers { return known }
        var sum = LossSum.zero
        let seconds = try timed {
            guard keepsAnswers else {
                sum = try coordinator.tally(0, part)
                return
            }
            let found = try coordinator.answers(part)
            (sum, answers) = (found.sum, found)
        }
        if let known { return known }
        perImage.append(seconds / Double(max(sum.count, 1)))
        var found = TraceEvaluation(
            step: 0,
            subject: subject,
            part: part.traced,
            ingredients: ingredients,
            sum
        )
        found.distance = distance
        try recorder?.didEvaluate(found)
        return found
    }

    private func timed(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return (.now - start) / .seconds(1)
    }
}

extension Worker {
    /// Places in the layout of the parameters that a soup mixes.
    fileprivate var mixedParameters: [Int] {
        groups.ofParameter.indices.filter { groups.ofParameter[$0] != groups.unmixed }
    }
}

extension ParameterLayout {
    /// A layout of some of the parameters.
    fileprivate func part(_ indices: [Int]) -> ParameterLayout {
        ParameterLayout(
            indices.map { (parameters[$0].name, parameters[$0].shape, parameters[$0].layer) }
        )
    }
}

extension [Double] {
    fileprivate var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
