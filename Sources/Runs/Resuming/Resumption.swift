import Diagnostics
import Files
import Foundation
import Soups
import Traces

/// What becomes of a run that was interrupted in the folder to write into.
package enum InterruptedRun: Sendable {
    /// It is somebody's work: nothing may be written over it.
    case refuse
    case discard
    case resume
}

/// A run that was interrupted and is now taken up.
struct Resumption {
    let state: RunState
    /// The number of the state.
    let sequence: Int
    let traces: RunTraces
    let history: RunHistory
    private let json: Data

    /// The learner's state; nil where learning had not begun.
    func soup<Space: CoefficientSpace>(_ space: Space.Type) throws -> SoupState<Space>? {
        try JSONDecoder().decode(SavedRun<SoupState<Space>>.self, from: json).soup
    }
}

/// What the run to be taken up must agree with.
struct ResumptionNeeds {
    let facts: [RunState.Fact]
    let files: TraceFiles
    let header: TraceHeader
    let hosts: [String]
    /// What this run computes with.
    let kernels: String
    /// Throws where the learner's state cannot be one of this run.
    let check: (_ json: Data, CentreHistory) throws -> Void
}

/// A run that cannot be taken up.
struct ResumptionError: InputError {
    let description: String

    init(_ folder: String, _ problem: String) {
        description = "\(folder): cannot go on with the interrupted run: \(problem)".onOneLine
    }
}

extension Resumption {
    /// The latest state in a folder that is whole, and whose traces are; nil where there is no state.
    ///
    /// * `notice`: gets a line on everything that is odd and can be lived with
    /// * throws `ResumptionError` where the run is another one, or nothing is whole
    static func find(
        _ files: RunStateFiles,
        _ needs: ResumptionNeeds,
        notice: (String) -> Void
    ) throws -> Resumption? {
        guard !files.present.isEmpty else { return nil }
        var (candidates, problems, isForeign) = files.read()
        while let candidate = candidates.first {
            candidates.removeFirst()
            do {
                let found = try take(candidate, files.folder, needs)
                for problem in problems {
                    notice("\(problem); going on from after step \(found.state.stepsDone)")
                }
                if found.state.kernels != needs.kernels {
                    notice(
                        "the interrupted run had other kernels (\(found.state.kernels)) than this one "
                            + "(\(needs.kernels)): the last bits will not be those of a run in one piece"
                    )
                }
                return found
            } catch let error as ResumptionError {
                throw error
            } catch {
                let path = "\(files.folder)/\(candidate.name)"
                problems.append(error is any InputError ? "\(error)" : "\(path): damaged: \(error)")
            }
        }
        let way =
            isForeign ? "go on with that version, or begin anew with --restart" : "--restart begins anew"
        throw ResumptionError(
            files.folder,
            "no state of it can be read: \(problems.joined(separator: "; ")); \(way)"
        )
    }

    private static func take(
        _ saved: RunStateFiles.Saved,
        _ folder: String,
        _ needs: ResumptionNeeds
    ) throws -> Resumption {
        struct Run: Decodable { let run: RunState }
        let path = "\(folder)/\(saved.name)"
        let state: RunState
        do {
            try checkVersion(saved, folder, needs.header.programVersion)
            state = try JSONDecoder().decode(Run.self, from: saved.json).run
            try compare(state.facts, needs.facts, folder)
            guard state.stepsDone >= 0, state.seconds.isFinite else { throw FileError(path, "damaged") }
            try needs.check(saved.json, state.centre)
        } catch let error as DecodingError {
            throw FileError(path, "damaged: \(error)")
        }
        var history = RunHistory()
        let traces = try RunTraces(
            resuming: needs.files,
            header: needs.header,
            hosts: needs.hosts,
            state,
            &history
        )
        guard history.losses.count == state.stepsDone else {
            throw FileError(
                path,
                "damaged: expected a trace of \(state.stepsDone) steps, found \(history.losses.count)"
            )
        }
        return Resumption(
            state: state,
            sequence: saved.sequence,
            traces: traces,
            history: history,
            json: saved.json
        )
    }

    /// Throws where another version of the program wrote a state, whether this one can read it or not: it would come to
    /// other bytes than either version in one piece.
    private static func checkVersion(_ saved: RunStateFiles.Saved, _ folder: String, _ own: String) throws {
        struct Origin: Decodable {
            struct Run: Decodable { let programVersion: String }
            let run: Run
        }
        let version = try JSONDecoder().decode(Origin.self, from: saved.json).run.programVersion
        guard version != own else { return }
        throw ResumptionError(
            folder,
            "it was begun by mehlsoup \(version.abridged), this is \(own): go on with that version, or begin anew with "
                + "--restart"
        )
    }

    /// Throws where the interrupted run was made of something else, and names it.
    private static func compare(_ old: [RunState.Fact], _ new: [RunState.Fact], _ folder: String) throws {
        for fact in new {
            let found = old.first { $0.name == fact.name }?.value
            guard found != fact.value else { continue }
            throw ResumptionError(
                folder,
                "\(fact.name): expected \(found ?? "none") as it was, found \(fact.value); --restart begins anew"
            )
        }
        guard let gone = old.first(where: { fact in !new.contains { $0.name == fact.name } }) else { return }
        throw ResumptionError(
            folder,
            "\(gone.name): expected \(gone.value) as it was, found none; --restart begins anew"
        )
    }
}
