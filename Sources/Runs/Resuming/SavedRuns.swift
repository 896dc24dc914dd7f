import Foundation
import Soups
import Traces

/// Reads what an interrupted run left as the run does that goes on with it, without its other work: for tests that
/// damage the files.
package enum SavedRuns {
    /// Takes the run in a folder up as one of these settings, whatever its state says that it was made of.
    ///
    /// - Throws: `InputError` where there is none that is whole.
    package static func check(
        _ folder: String,
        _ space: SoupMethod.Space,
        _ settings: SoupSettings,
        ingredients: Int
    ) throws {
        struct Run: Decodable { let run: RunState }
        let states = RunStateFiles(folder: folder)
        let files = TraceFiles(inFolder: folder)
        let header = try TraceReader(files.steps + TraceFiles.partialSuffix).readHeader()
        let ranks = try TraceReader(files.ranks + TraceFiles.partialSuffix).readRanksHeader()
        let run = states.read().saved.first.flatMap { try? JSONDecoder().decode(Run.self, from: $0.json).run }
        let fit = LearnerFit(
            space: space,
            ingredients: ingredients,
            groups: header.groups.count,
            settings: settings,
            sampler: CyclicSampler(
                ingredientCount: ingredients,
                blockSize: settings.blockSize,
                seed: settings.seed
            )
        )
        let needs = ResumptionNeeds(
            facts: run?.facts ?? [],
            files: files,
            header: header,
            hosts: ranks.hosts,
            kernels: "",
            check: fit.check
        )
        guard let found = try Resumption.find(states, needs, notice: { _ in }) else { return }
        _ = found.history.findings
        switch space {
        case .simplex: _ = try found.soup(SimplexSpace.self)
        case .hyperplane: _ = try found.soup(HyperplaneSpace.self)
        }
    }
}
