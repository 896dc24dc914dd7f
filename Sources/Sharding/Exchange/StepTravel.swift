import Graphs
import MessagePassing
import Synchronization

/// A step's messages: the combined model to every rank ahead of the first lanes' forward pass, the gradient to its owners
/// behind the last lanes' backward pass, both bucket by bucket.
///
/// What can be hidden behind computing is what the lanes that are in flight together compute at first and at last.
package final class StepTravel: @unchecked Sendable {
    private let gathering: ParameterGather
    private let reduction: GradientReduction?
    private let schedule: ParameterSchedule
    private let contributes: [Bool]
    /// In the schedule's order; all begun before anybody waits for one.
    private var parameters: [PendingExchange] = []
    /// In the opposite order; begun one at a time.
    private var gradients: [PendingExchange] = []
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        var threads = 0
        var since = ContinuousClock.now
        var seconds = 0.0
    }

    /// * `reduction`: nil where this rank is alone
    /// * `contributes`: which ranks have samples
    package init(
        _ gathering: ParameterGather,
        _ reduction: GradientReduction?,
        _ schedule: ParameterSchedule,
        contributes: [Bool]
    ) {
        self.gathering = gathering
        self.reduction = reduction
        self.schedule = schedule
        self.contributes = contributes
    }

    /// Sends the combined model: `combine` makes this rank's part of a bucket while the ones before it travel.
    package func sendParameters(_ combine: (_ bucket: Int) -> Void) {
        for bucket in schedule.order {
            combine(bucket)
            parameters.append(gathering.begin(bucket))
        }
    }

    /// How lanes wait for the model and give away their gradient; nil where this rank is alone.
    package var flow: ParameterFlow? {
        guard let reduction else { return nil }
        return ParameterFlow(schedule) { [self] parts in
            if parts > 0 { wait(for: parameters[parts - 1]) }
        } leave: { [self] bucket, gradient in
            gradients.append(reduction.begin(bucket, gradient, contributes: contributes))
        }
    }

    /// Seconds during which some thread has waited for parameters.
    package var secondsWaited: Double { waiting.withLock { $0.seconds } }

    /// Returns when the model has arrived, and is on its way nowhere.
    package func finishParameters() throws {
        for exchange in parameters { try exchange.finish() }
    }

    /// Calls `arrived` for every bucket whose sum has come to this rank.
    package func finishGradients(arrived: (_ bucket: Int) -> Void) throws {
        for (place, bucket) in schedule.order.reversed().enumerated() {
            if reduction != nil { try gradients[place].finish() }
            arrived(bucket)
        }
    }

    private func wait(for exchange: PendingExchange) {
        guard !exchange.isOver else { return }
        waiting.withLock {
            if $0.threads == 0 { $0.since = .now }
            $0.threads += 1
        }
        exchange.wait()
        waiting.withLock {
            $0.threads -= 1
            if $0.threads == 0 { $0.seconds += (.now - $0.since) / .seconds(1) }
        }
    }
}
