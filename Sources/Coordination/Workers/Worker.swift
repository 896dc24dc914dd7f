import Datasets
import Diagnostics
import Files
import Graphs
import Kernels
import MessagePassing
import Sharding
import Soups
import Tensors
import Threads

/// One rank's hands: its slice of the ingredients, the combined model, and its lanes of every batch.
///
/// Knows no algorithm: it performs orders, the same on every rank.
package final class Worker {
    package let transport: any Transport
    package let inputs: RunInputs
    package let settings: WorkSettings
    package let groups: ParameterGroups
    /// Every rank's slice.
    let slices: ParameterShares
    package let chunks: GroupedChunks
    /// How numbers per chunk add up over all ranks: per group, and per parameter.
    let groupTrees: ChunkTrees
    let parameterTrees: ChunkTrees
    package let shares: [Range<Int>]
    /// Holds the combined model.
    let travel: ModelTravel
    let team: Team
    package let executor: LaneExecutor
    let ingredients: IngredientSlices?
    let copies: InputCopies
    let reading: IngredientReading
    /// Made when the first ingredient is added.
    var runningMean: RunningMean?
    /// What other parameters are compared with.
    var kept: KeptSlice?
    package let heldOut: HeldOutParts
    let images: ImageExchange
    /// Nil where no statistics are to be measured.
    package let meter: StatisticsMeter?

    /// * `windowChunks`: chunks of weights that travel between ranks at once; nil for as many as are good
    /// * `bucketLength`: elements of the parameters that do; nil for as many as are good
    package init(
        _ transport: any Transport,
        _ inputs: RunInputs,
        _ settings: WorkSettings,
        windowChunks: Int? = nil,
        bucketLength: Int? = nil
    ) {
        self.transport = transport
        self.inputs = inputs
        self.settings = settings
        let layout = inputs.layout
        groups = settings.groups
        team = Team(threads: settings.threads, spins: settings.hasCores)
        slices = ParameterShares(layout, ranks: transport.size, bucketLength: bucketLength)
        chunks = GroupedChunks(layout, groups: groups, slice: slices.slice(of: transport.rank))
        groupTrees = ChunkTrees(layout, slices, columns: groups.count, column: groups.ofParameter)
        parameterTrees = ChunkTrees(
            layout,
            slices,
            columns: layout.parameters.count,
            column: Array(layout.parameters.indices)
        )
        shares = settings.lanes.tree.shares(ranks: transport.size)
        heldOut = HeldOutParts(inputs, settings)
        copies = inputs.copies ?? InputCopies(inputs, ranks: transport.size)
        reading = IngredientReading(
            inputs.pool,
            layout: layout,
            chunks: chunks,
            team: team,
            transport: transport,
            shares: slices,
            senders: WeightSenders(copies, slices, windowChunks: windowChunks)
        )
        images = ImageExchange(
            transport,
            inputs.datasets.first,
            lanes: settings.lanes,
            laneShares: shares,
            threads: settings.threads
        )
        let learns = settings.blockSize > 0
        travel = ModelTravel(
            transport,
            inputs.model.graph,
            slices,
            tree: settings.lanes.tree,
            team: team,
            learns: learns,
            rounds: settings.precision == .bf16
        )
        ingredients =
            learns
            ? IngredientSlices(
                reading,
                blockSize: settings.blockSize,
                folds: settings.folds,
                type: settings.sliceType
            ) : nil
        meter = settings.measuresStatistics ? StatisticsMeter(inputs, team: team, transport) : nil
        let planned =
            (meter?.byteCount ?? 0) + travel.parameterBytes + travel.gradientBytes + travel.messageBytes
            + (ingredients?.byteCount ?? 0)
            + reading.byteCount + images.byteCount
        executor = LaneExecutor(
            inputs.model.graph,
            plan: settings.lanes,
            node: shares[transport.rank],
            team: team,
            inFlight: settings.lanesInFlight,
            memory: SpareMemory.bytes(ranks: copies.neighbours(of: transport.rank)).map { $0 - planned }
                ?? .max,
            training: learns,
            precision: settings.precision
        )
        budgetImages()
    }

    package var memory: MemoryParts {
        MemoryParts(
            slices: ingredients?.byteCount ?? 0,
            parameters: travel.parameterBytes,
            gradients: executor.gradientBytes + travel.gradientBytes,
            activations: executor.activationBytes + (meter?.byteCount ?? 0),
            messages: travel.messageBytes + reading.byteCount + images.byteCount,
            images: inputs.imageBudget.used
        )
    }

    /// Ranks on this rank's host, itself among them.
    package var ranksOnHost: Int { copies.neighbours(of: transport.rank) }

    /// The combined model, whole after `mix`.
    package var model: UnsafePointer<Float> { UnsafePointer(parameters.base) }
    var parameters: AlignedBuffer<Float> { travel.parameters }

    /// Performs orders until the coordinator says stop.
    ///
    /// Throws what made the coordinator stop early, so that all ranks end alike.
    package func follow() throws {
        while true {
            var clock = PhaseClock()
            RunPlace.begin(.order)
            let order = try Order(transport.broadcast(nil), limits: orderLimits)
            clock.end(.order)
            if case .stop(let failure) = order {
                RunPlace.begin(.ending)
                guard let failure else { return }
                if failure.isStop { throw StoppedRun(failure.text) }
                if failure.isInput { throw ReportedInputError(description: failure.text) }
                throw AgreedRunError(failure.text)
            }
            let report = try perform(order, &clock)
            RunPlace.begin(.collect)
            _ = try transport.gather(report.bytes)
        }
    }

    /// Performs one order.
    ///
    /// What goes wrong here alone is reported, so that no other rank is left waiting.
    func perform(_ order: Order, _ clock: inout PhaseClock) throws -> Report {
        var report = Report()
        report.rank = transport.rank
        report.host = transport.hostName
        RunPlace.begin(order.place, step: order.step)
        do {
            switch order {
            case .enter(let block, let alpha, let upcoming):
                try enter(block, alpha, &report)
                // Half of what is free: images and the rest of the program want to stay in memory, too.
                reading.readAhead(upcoming, memory: (SpareMemory.bytes(ranks: ranksOnHost) ?? 0) / 2)
            case .step(let number, let fold, let displacement, let temperature, let samples, let upcoming):
                report.step = number
                images.prepare(samples, upcoming: upcoming)
                try step(fold, displacement, temperature, samples, &report, &clock)
            case .combine(let fold, let displacement): try combine(fold, displacement)
            case .settle(let displacements): ingredients?.settle(displacements)
            case .mix(let alpha): try mix(alpha, &report, &clock)
            case .add(let ingredient, let anew):
                if anew { runningMean = nil }
                try mean().add(ingredient)
            case .mean(let ingredient): try makeMean(with: ingredient, &report)
            case .evaluate(let dataset, let part, let answers):
                try evaluate(dataset, part, answers, &report)
            case .seeStatistics: try seeStatistics(&report)
            case .setStatistics(let values): try setStatistics(values)
            case .measure(let measure): self.measure(measure, &report)
            case .digest: report.digests = try digests()
            case .stop: break
            }
        } catch let error as MessagePassingError {
            throw error
        } catch {
            report.failure = failure(error)
        }
        report.stopSignal = StopRequest.signalName
        report.phaseSeconds = clock.seconds
        report.bytesSent = transport.bytesSent
        report.peakResidentBytes = MemoryParts.peakResident
        return report
    }

    /// Ingredients of the present coefficient block.
    var entered: Int { ingredients?.ingredientCount ?? 0 }

    private func enter(_ block: [Int], _ alpha: CoefficientMatrix?, _ report: inout Report) throws {
        guard let ingredients else { preconditionFailure("no coefficient block was planned for") }
        var failure: (any Error)?
        do {
            if let alpha { try ingredients.begin(alpha) }
        } catch let error as MessagePassingError {
            throw error
        } catch {
            failure = error
        }
        // Whatever went wrong here: other ranks may be waiting for weights that only this one can read.
        let squares = try ingredients.enter(block)
        report.sums = groupTrees.sums(squares, width: settings.folds * block.count, rank: transport.rank)
        if let failure { throw failure }
    }

    /// Makes a fold's soup at `displacement` the parameters of every rank.
    private func combine(_ fold: Int, _ displacement: CoefficientMatrix) throws {
        guard let ingredients else { preconditionFailure("no coefficient block was planned for") }
        for bucket in slices.buckets.indices {
            ingredients.combine(fold, displacement, bucket: bucket, into: parameters.base)
        }
        try travel.gather()
    }

    func record(_ losses: [LossSum], _ report: inout Report) {
        report.losses = losses.map(\.loss)
        report.temperatureSlopes = losses.map(\.temperatureSlope)
        report.correct = losses.map(\.correct).reduce(0, +)
        report.count = losses.map(\.count).reduce(0, +)
    }

    /// What went wrong here, for the coordinator.
    ///
    /// A file that cannot be read any more was sound when the run began: the run failed, not its input.
    func failure(_ error: any Error) -> Failure {
        let place = transport.size > 1 ? " (rank \(transport.rank) on \(transport.hostName))" : ""
        return Failure(text: "\(error)\(place)", isInput: error is any InputError && !(error is FileError))
    }
}
