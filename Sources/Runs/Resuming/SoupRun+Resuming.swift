import Diagnostics
import Files
import Foundation
import Kernels
import Soups
import Traces

extension SoupRun {
    /// What the run that is to be resumed came to, where it has ended; else nil.
    func end(_ finished: FinishedRun) throws -> RunResult? {
        guard states.present.isEmpty || finished.isNamed else { return nil }
        guard let result = try finished.result() else {
            if states.present.isEmpty { notice("\(folder.path): no interrupted run there, beginning one") }
            return nil
        }
        try finished.complete(states)
        notice("\(folder.path): the run had come to its end already, nothing to do")
        return result
    }

    func resumption(_ facts: [RunState.Fact], _ hosts: [String]) throws -> Resumption? {
        let (settings, sampler) = learning
        let fit = LearnerFit(
            space: self.settings.method.space,
            ingredients: inputs.pool.count,
            groups: worker.groups.count,
            settings: settings,
            sampler: sampler
        )
        let needs = ResumptionNeeds(
            facts: facts,
            files: files,
            header: header,
            hosts: hosts,
            kernels: KernelSet.current.description(self.settings.precision),
            check: fit.check
        )
        return try RunPlace.during(.opening) { try Resumption.find(states, needs, notice: notice) }
    }

    /// Everything that decides the result.
    func facts(_ digests: [String]) throws -> [RunState.Fact] {
        func fact(_ option: (name: String, value: String)) -> RunState.Fact {
            RunState.Fact(name: "--\(option.name)", value: option.value)
        }
        var facts = options.filter { !["data", "look"].contains($0.name) }.map(fact)
        facts.append(RunState.Fact(name: "ingredients", value: "\(digests.count)"))
        for (name, digest) in zip(inputs.pool.names, digests) {
            facts.append(RunState.Fact(name: "ingredient \(name)", value: digest))
        }
        facts.append(
            RunState.Fact(name: "model description", value: sha256(of: inputs.model.description.text))
        )
        for (index, digest) in try coordinator.dataDigests().enumerated() {
            let name = index == 0 ? "data" : index == inputs.test ? "eval-data" : "unlabelled"
            facts.append(RunState.Fact(name: "--\(name)", value: digest))
        }
        // Last, for where nothing is said of it, it follows from all of the above.
        return facts + options.filter { $0.name == "look" }.map(fact)
    }

    /// Batches of a fold's pass over what it is learned on.
    var batchesPerEpoch: Int { (worker.heldOut.learningByFold[0].count - 1) / settings.batchSize + 1 }

    /// The learner's sampler and settings.
    var learning: (settings: SoupSettings, sampler: CyclicSampler) {
        let count = inputs.pool.count
        let soup = settings.soup(poolCount: count, batchesPerEpoch: batchesPerEpoch)
        let sampler = CyclicSampler(ingredientCount: count, blockSize: soup.blockSize, seed: soup.seed)
        return (soup, sampler)
    }
}
