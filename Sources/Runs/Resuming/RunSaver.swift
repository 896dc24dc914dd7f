import Diagnostics
import Foundation
import Traces

/// How often a run's state is saved, beside at every coefficient block.
package enum SaveInterval: Sendable, Equatable {
    case seconds(Double)
    case steps(Int)
}

/// Saves a run's state: when it is due, at every coefficient block, and when the run is asked to stop.
final class RunSaver {
    private let files: RunStateFiles
    private let interval: SaveInterval
    private let facts: [RunState.Fact]
    private let kernels: String
    private let version: String
    /// Of the run before it was interrupted.
    private let before: (seconds: Double, bytesSent: Int)
    private let start = ContinuousClock.now
    private var sequence: Int
    private var last = ContinuousClock.now
    private var stepsAtLast: Int

    /// * `sequence`: the number of the first state to be saved
    init(
        _ files: RunStateFiles,
        _ interval: SaveInterval,
        facts: [RunState.Fact],
        kernels: String,
        version: String,
        sequence: Int,
        resuming state: RunState?
    ) {
        self.files = files
        self.interval = interval
        self.facts = facts
        self.kernels = kernels
        self.version = version
        self.sequence = sequence
        before = (state?.seconds ?? 0, state?.bytesSent ?? 0)
        stepsAtLast = state?.stepsDone ?? 0
    }

    /// Whether any state has been saved since the start.
    private(set) var hasSaved = false

    /// Time that the run has taken, with what came before an interruption.
    var seconds: Double { before.seconds + (.now - start) / .seconds(1) }

    /// The same of the payload bytes, from those that all ranks have sent since the start.
    func bytesSent(_ sinceStart: Int) -> Int { before.bytesSent + sinceStart }

    func isDue(stepsDone: Int) -> Bool {
        switch interval {
        case .seconds(let seconds): (.now - last) / .seconds(1) >= seconds
        case .steps(let steps): stepsDone - stepsAtLast >= steps
        }
    }

    /// Saves the state, once the traces that it builds on are on disk.
    func save(
        soup: (any Codable)?,
        stepsDone: Int,
        bytesSent sent: Int,
        centre: CentreHistory,
        _ traces: RunTraces
    ) throws {
        let before = RunPlace.now
        defer { RunPlace.now = before }
        RunPlace.begin(.saving)
        try traces.sync()
        let run = RunState(
            programVersion: version,
            kernels: kernels,
            facts: facts,
            seconds: seconds,
            bytesSent: bytesSent(sent),
            stepsDone: stepsDone,
            steps: traces.steps.place,
            ranks: traces.ranks.place,
            centre: centre
        )
        try files.save(Self.json(run, soup), sequence: sequence)
        sequence += 1
        hasSaved = true
        last = .now
        stepsAtLast = stepsDone
    }

    func remove() { files.remove() }

    private static func json(_ run: RunState, _ soup: (any Codable)?) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        func encode(_ soup: some Codable) throws -> Data {
            try encoder.encode(SavedRun(run: run, soup: soup))
        }
        guard let soup else { return try encoder.encode(SavedRun<Int>(run: run, soup: nil)) }
        return try encode(soup)
    }
}
