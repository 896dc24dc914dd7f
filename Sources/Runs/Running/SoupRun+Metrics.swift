import Checkpoints
import Diagnostics
import Graphs
import Kernels
import Traces

/// What a run tells of itself.
extension SoupRun {
    /// Ingredients' files that are the same.
    func duplicateDoubts(_ digests: [String]) -> [Doubt] {
        let pairs = digests.enumerated().compactMap { index, digest -> String? in
            guard let first = digests[..<index].firstIndex(of: digest) else { return nil }
            let (path, other) = (inputs.pool.ingredients[index].path, inputs.pool.ingredients[first].path)
            return "\(path): the same file as \(other), byte for byte"
        }
        guard let first = pairs.first else { return [] }
        let others = pairs.count > 1 ? "; so are \(pairs.count - 1) others as one before them" : ""
        return [Doubt(.warning, "\(first)\(others); each counts twice in every mean")]
    }

    /// Nil where the soup has no statistics of batch norms but an ingredient's own.
    func statistics(of soup: Soup) -> StatisticsUse? {
        guard inputs.model.measuring != nil, worker.ingredient(alone: soup.alpha) == nil else { return nil }
        return soup.isMeasured ? .measured : .mixed
    }

    /// * `seconds`, `bytesSent`: over the whole run, with all its interruptions
    func metrics(
        _ soup: Soup,
        heldOut: LossSum,
        test: LossSum?,
        look: PoolLook?,
        best: BestIngredient?,
        outOfFold: OutOfFoldTable?,
        history: RunHistory,
        seconds: Double,
        bytesSent: Int
    ) throws -> RunMetrics {
        let ranks = worker.transport.size
        let memory = worker.memory
        let mib = 1048576.0
        let steps = history.losses.count
        let phases = zip(TracePhase.allCases.map(\.rawValue), history.phaseSeconds)
        let perStep = Double(max(steps, 1))
        return RunMetrics(
            method: settings.method.rawValue,
            granularity: settings.granularity.rawValue,
            ingredients: inputs.pool.count,
            groups: worker.groups.count,
            parameters: inputs.layout.count,
            tensors: try TensorRoles(
                of: inputs.pool.ingredients[0],
                layout: inputs.layout,
                patterns: settings.patterns
            ).counts,
            heldoutAccuracy: heldOut.accuracy,
            heldoutLoss: heldOut.meanLoss,
            heldoutSamples: heldOut.count,
            testAccuracy: test?.accuracy,
            testLoss: test?.meanLoss,
            testSamples: test?.count,
            seconds: seconds,
            secondsPerStep: history.phaseSeconds.reduce(0, +) / perStep,
            steps: steps,
            phaseSeconds: Dictionary(uniqueKeysWithValues: phases),
            peakRssMib: Double(coordinator.reports.map(\.peakResidentBytes).max() ?? 0) / mib,
            memoryMib: [
                "slices": Double(memory.slices) / mib,
                "parameters": Double(memory.parameters) / mib,
                "gradients": Double(memory.gradients) / mib,
                "activations": Double(memory.activations) / mib,
                "messages": Double(memory.messages) / mib,
                "images": Double(memory.images) / mib,
                "sum": Double(memory.total) / mib,
            ],
            ranks: ranks,
            threads: settings.threads,
            lanesInFlight: worker.executor.inFlight,
            bytesSent: bytesSent,
            bytesSentPerRankAndStep: history.stepBytesPerRank / perStep,
            kernels: KernelSet.current.description(settings.precision),
            statistics: statistics(of: soup)?.rawValue,
            temperature: soup.temperature,
            seed: settings.seed,
            monitorAccuracy: soup.monitored?.accuracy,
            monitorLoss: soup.monitored?.loss,
            monitorSamples: soup.monitored?.samples,
            written: soup.name,
            findings: soup.findings,
            look: look.map { LookTable($0, inputs.pool.names) },
            best: best,
            outOfFold: outOfFold
        )
    }
}
