import Traces

/// The two traces of a run that are being written: of steps and of ranks.
struct RunTraces {
    let steps: TraceWriter
    let ranks: TraceWriter

    init(_ files: TraceFiles, header: TraceHeader, hosts: [String]) throws {
        steps = try TraceWriter(files.steps, header: .header(header))
        do {
            ranks = try TraceWriter(files.ranks, header: .ranksHeader(TraceRanksHeader(hosts: hosts)))
        } catch {
            steps.discard()
            throw error
        }
    }

    /// Goes on with the traces of an interrupted run, from where its state was saved.
    ///
    /// * `history`: takes in what they hold
    init(
        resuming files: TraceFiles,
        header: TraceHeader,
        hosts: [String],
        _ state: RunState,
        _ history: inout RunHistory
    ) throws {
        var found = RunHistory()
        steps = try TraceWriter(resuming: files.steps, header: .header(header), at: state.steps) {
            found.take($0)
        }
        ranks = try TraceWriter(
            resuming: files.ranks,
            header: .ranksHeader(TraceRanksHeader(hosts: hosts)),
            at: state.ranks
        ) { found.take($0) }
        history = found
    }

    /// Returns when all that was recorded is on disk.
    func sync() throws {
        try steps.sync()
        try ranks.sync()
    }

    /// Makes the traces appear under their names.
    func commit() throws {
        try steps.commit()
        try ranks.commit()
    }

    func discard() {
        steps.discard()
        ranks.discard()
    }
}
