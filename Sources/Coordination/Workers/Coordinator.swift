import Diagnostics
import Files
import Graphs
import MessagePassing
import Soups
import Tensors
import Traces

/// Rank 0: gives orders, takes part in them, and adds up what the ranks report.
package final class Coordinator {
    package let worker: Worker
    /// The reports on the last order, by rank.
    package private(set) var reports: [Report] = []

    private init(_ worker: Worker) {
        self.worker = worker
    }

    /// Runs `body` on rank 0 while the others follow its orders; returns its result there, nil elsewhere.
    ///
    /// Where `body` throws, every rank throws: an `InputError` everywhere, `StoppedRun`, or else `AgreedRunError`.
    package static func run<T>(_ worker: Worker, _ body: (Coordinator) throws -> T) throws -> T? {
        guard worker.transport.isCoordinator else {
            try worker.follow()
            return nil
        }
        let coordinator = Coordinator(worker)
        do {
            try coordinator.checkCopies()
            let result = try body(coordinator)
            try coordinator.stop(nil)
            return result
        } catch let error as MessagePassingError {
            throw error
        } catch let error as any InputError {
            try coordinator.stop(Failure(text: error.description, isInput: true))
            throw error
        } catch let error as StoppedRun {
            try coordinator.stop(Failure(text: error.description, isInput: false, isStop: true))
            throw error
        } catch {
            try coordinator.stop(Failure(text: "\(error)", isInput: false))
            throw AgreedRunError("\(error)")
        }
    }

    /// Makes the mixture α (pool × groups) the parameters of every rank; returns them, the whole flat vector.
    package func mix(_ alpha: CoefficientMatrix) throws -> UnsafePointer<Float> {
        try give(.mix(alpha: alpha))
        return worker.model
    }

    /// Loss and correct answers of the present parameters on data set `index` of the run's inputs.
    package func evaluate(_ index: Int) throws -> LossSum {
        let sum = try tally(index, .all)
        guard sum.loss.isFinite else {
            let name = worker.inputs.datasets[index].name
            throw RunError(
                "the loss on \(name) is not finite: the weights or their description are beyond use"
            )
        }
        return sum
    }

    /// The same on a part of the held-out data; the loss may be anything.
    package func tally(_ index: Int, _ part: HeldOutPart) throws -> LossSum {
        try give(.evaluate(dataset: index, part: part))
        return sumOfReports
    }

    /// Losses of all ranks in rank order, and so in lane or micro-batch order.
    package var sumOfReports: LossSum {
        LossSum(
            loss: reports.flatMap(\.losses).reduce(0, +),
            correct: reports.map(\.correct).reduce(0, +),
            count: reports.map(\.count).reduce(0, +),
            temperatureSlope: reports.flatMap(\.temperatureSlopes).reduce(0, +)
        )
    }

    /// The reports' sums per quantity and group.
    ///
    /// * `width`: quantities
    package func groupSums(width: Int) -> CoefficientMatrix {
        worker.groupTrees.total(reports.map(\.sums), width: width)
    }

    /// The same per quantity and parameter.
    package func parameterSums(width: Int) -> CoefficientMatrix {
        worker.parameterTrees.total(reports.map(\.sums), width: width)
    }

    /// The same per quantity and group, for each rank by itself.
    package func groupSumsByRank(width: Int) -> [CoefficientMatrix] {
        reports.enumerated().map { worker.groupTrees.part($1.sums, width: width, rank: $0) }
    }

    /// Gives an order, performs this rank's part of it and gathers the reports.
    package func give(_ order: Order) throws {
        var clock = PhaseClock()
        RunPlace.begin(.order)
        guard order.isFinite else {
            throw RunError("the coefficients grow beyond all numbers: lower the learning rate (--lr)")
        }
        let transport = worker.transport
        if transport.size > 1 { _ = try transport.broadcast(order.bytes) }
        clock.end(.order)
        let own = try worker.perform(order, &clock)
        RunPlace.begin(.collect)
        guard transport.size > 1 else {
            reports = [own]
            return try check()
        }
        guard let gathered = try transport.gather([]) else { return }
        let before = reports
        reports = [own] + (try gathered.dropFirst().map { try Report($0) })
        for (rank, report) in reports.enumerated() {
            try worker.reportLimits(order, rank: rank).check(report)
            guard rank == 0 || before.isEmpty || report.bytesSent >= before[rank].bytesSent else {
                throw MessageError("rank \(rank) has sent fewer bytes than before")
            }
        }
        clock.end(.collect)
        reports[0].phaseSeconds = clock.seconds
        reports[0].bytesSent = transport.bytesSent
        try check()
    }

    /// What bringing the parameters to every rank took in the last order, as this rank saw it.
    package var secondsOfGather: Double {
        TracePhase.allCases.firstIndex(of: .gather).map { reports[0].phaseSeconds[$0] } ?? 0
    }

    /// Payload bytes that all ranks together have sent.
    package var bytesSent: Int { reports.map(\.bytesSent).reduce(0, +) }

    /// The signal by which a rank was asked to stop, as the reports on the last order tell; nil for none.
    ///
    /// The reports are the ranks' agreement: whichever rank got the signal, all stop at the same step.
    package var stopSignal: String? { reports.lazy.compactMap(\.stopSignal).first }

    private func stop(_ failure: Failure?) throws {
        RunPlace.begin(.ending)
        guard worker.transport.size > 1 else { return }
        _ = try worker.transport.broadcast(Order.stop(failure).bytes)
    }

    private func check() throws {
        guard let failure = reports.lazy.compactMap(\.failure).first else { return }
        if failure.isInput { throw ReportedInputError(description: failure.text) }
        throw RunError(failure.text)
    }
}

/// Wrong input that a rank met while it performed an order.
struct ReportedInputError: InputError {
    let description: String
}
