import ArgumentParser
import Coordination
import Diagnostics
import Files
import Foundation
import MessagePassing
import Reports
import Runs

/// `mehlsoup compare`.
struct CompareCommand: RankCommand {
    private static let methods = SoupMethod.allCases.map { method in
        "  " + method.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0) + method.explanation
    }.joined(separator: "\n")

    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Makes soups by several methods on the same ingredients and says which is best.",
        discussion: """
            Methods, each with its published settings but for those of mehl, mehl+, hl and hl+, which are ours (--paper \
            gives the published ones):
            \(methods)

            Writes into --out: compare.json, report.html (open it in a browser), and a folder per method with what `learn` \
            writes, METHOD/ or METHOD/seed-N/. Options that are given count for every method they apply to. With --resume, \
            runs that have ended are read and the others go on.

              mehlsoup compare --models pool --data mnist:test[0:5000] --eval-data mnist:test[5000:] --out compared
            """
    )

    @OptionGroup var options: GivenOptions<Plan>

    static let canStop = true

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let options = options
        var plan = try transport.agreeing { try Plan(options.withFile(), share) }
        try transport.watch(timeout: plan.runs[0].timeout, isResumable: true)
        var folder: RunFolder?
        do {
            let first = plan.runs[0]
            let inputs = try first.inputs(on: transport)
            try transport.agreeing {
                for run in plan.runs {
                    try run.settings.checkFolds(heldOut: inputs.datasets[0].count)
                }
            }
            plan.fit(inputs)
            guard !first.isDryRun else { return try preview(plan.runs, inputs, on: transport) }
            try transport.agreeing {
                for folder in [plan.out] + plan.runs.map(\.out) { try inputs.output.check(folder: folder) }
                guard transport.isCoordinator else { return }
                if first.interrupted == .refuse {
                    _ = try inputs.output.checkForeignModel(folder: plan.out, SoupOutput.consent)
                }
                for run in plan.runs { try inputs.output.checkForeign(folder: run.out, run.interrupted) }
                folder = try RunFolder(plan.out)
            }
            try transport.agree(on: inputs, options: plan.runs.flatMap(\.commonOptions))
            let results = try run(plan, inputs, on: transport)
            guard let folder else { return }
            RunPlace.begin(.writing)
            let comparison = Comparison(
                version: programVersion,
                seeds: plan.seeds,
                options: plan.sharedOptions,
                results: results
            )
            try folder.write(try comparison.json(pretty: true) + "\n", to: "compare.json")
            let page = ComparisonPage(comparison, results).html()
            try folder.write(Page(name: "report.html", text: page, mark: ReportPage.mark), notice: warn)
            try folder.commit()
            ComparisonTable(comparison).show()
            print("written  \(folder.file("report.html"))")
            if plan.runs[0].printsJSON { print(try comparison.json(pretty: false)) }
        } catch {
            folder?.removeIfUnused()
            throw error
        }
    }

    /// Every run in turn; the results by method, on the coordinator.
    private func run(_ plan: Plan, _ inputs: RunInputs, on transport: any Transport) throws -> [[RunResult]] {
        var shared = SharedFindings()
        var results = [[RunResult]](repeating: [], count: plan.methods.count)
        for (number, run) in plan.runs.enumerated() {
            let settings = run.settings
            if transport.isCoordinator {
                progress(
                    "\(settings.method.rawValue), seed \(settings.seed): run \(number + 1) of \(plan.runs.count)"
                )
            }
            let folder = try transport.agreeing {
                transport.isCoordinator ? try RunFolder(run.out, interrupted: run.interrupted) : nil
            }
            let result: RunResult?
            do {
                result = try run.perform(inputs, on: transport, into: folder, &shared)
            } catch {
                folder?.removeIfUnused()
                throw error
            }
            if let result, let place = plan.methods.firstIndex(of: settings.method) {
                results[place].append(result)
            }
        }
        return results
    }
}

extension CompareCommand {
    /// What is to be run.
    struct Plan {
        var methods = SoupMethod.compared
        var seeds: [UInt64] = [1]
        private(set) var out = ""
        var runs: [ResolvedRun] = []

        init(_ said: OptionValues, _ share: CoreShare) throws {
            try take(said)
            for method in methods {
                var said = said
                said.set("method", to: method.rawValue)
                if !method.isPlus {
                    for name in ["granularity", "group"] { said.remove(name) }
                }
                for seed in method.learns ? seeds : [seeds[0]] {
                    said.set("seed", to: seed)
                    var run = try ResolvedRun(said, share)
                    out = run.out
                    run.out += "/\(method.rawValue)"
                    if seeds.count > 1 && method.learns { run.out += "/seed-\(seed)" }
                    runs.append(run)
                }
            }
        }

        /// Decides what the inputs decide.
        mutating func fit(_ inputs: RunInputs) {
            for index in runs.indices { runs[index].settings.fit(inputs) }
        }

        /// Options that all runs have alike.
        var sharedOptions: [(name: String, value: String)] {
            let all = runs.map(\.resultOptions)
            return all[0].filter { option in
                all.allSatisfy { $0.contains { $0.name == option.name && $0.value == option.value } }
            }
        }
    }
}

extension CompareCommand.Plan: Configurable {
    static let options: [DeclaredOption<Self>] = [
        .value(
            "methods",
            \.methods,
            .items({ try Options.choice($0, $1) }, text: \.rawValue),
            .file,
            valueName: "names"
        ) {
            "Which methods, separated by commas. (those up to mehl+)"
        },
        .value("seeds", \.seeds, .seeds, .file, valueName: "numbers") {
            "Seeds, separated by commas: mean and spread over them. (1)"
        },
    ]

    /// Those of its runs, but for what it decides itself.
    static var arguments: [OptionArgument] {
        ResolvedRun.arguments.filter { !["method", "seed"].contains($0.name) } + options.map(\.argument)
    }

    /// The file that a run wrote does as well.
    static var fileNames: [String] { ResolvedRun.fileNames + options.map(\.name) }
}
