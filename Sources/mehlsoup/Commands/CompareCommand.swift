import ArgumentParser
import Coordination
import Diagnostics
import Files
import MessagePassing
import Reports

/// `mehlsoup compare`.
struct CompareCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Makes soups by several methods on the same ingredients and says which is best.",
        discussion: """
            Methods, each with its published settings but for those of mehl, mehl+, hl and hl+, which are ours (--paper \
            gives the published ones):
              best       the ingredient that is most accurate on the held-out images
              uniform    the mean of all ingredients
              greedy     the mean of ingredients that raise held-out accuracy, tried from the best on
              learned    Learned-Soup: a soft-max over the ingredients and a temperature
              learned+   Learned-Soup+: a soft-max per tensor
              hl, hl+    HL-Soup: coefficients that sum to one, signs free; + per tensor
              mehl       MEHL-Soup: the same, a coefficient block of ingredients at a time
              mehl+      MEHL-Soup+: the same, per tensor

            Writes into --out: compare.json, report.html (open it in a browser), and a folder per method with what `learn` \
            writes, METHOD/ or METHOD/seed-N/. Options that are given count for every method they apply to. With --resume, \
            runs that have ended are read and the others go on.

              mehlsoup compare --models pool --data mnist:test[0:5000] --eval-data mnist:test[5000:] --out compared
            """
    )

    @OptionGroup var options: RunOptions

    @Option(
        help: ArgumentHelp(
            "Which methods, separated by commas. (all nine)",
            valueName: "names"
        )
    )
    var methods: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Seeds, separated by commas: mean and spread over them. (1)", valueName: "numbers")
    )
    var seeds: String?

    static let names = ResolvedRun.names + ["methods", "seeds"]

    static let canStop = true

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let command = self
        var plan = try transport.agreeing { try command.plan(share) }
        try transport.watch(timeout: plan.runs[0].timeout, isResumable: true)
        var folder: RunFolder?
        do {
            let first = plan.runs[0]
            let inputs = try first.inputs(on: transport)
            plan.fit(inputs)
            guard !options.dryRun else { return try preview(plan.runs, inputs, on: transport) }
            try transport.agreeing {
                for folder in [plan.out] + plan.runs.map(\.out) { try inputs.checkOutput(folder: folder) }
                guard transport.isCoordinator else { return }
                if first.interrupted == .refuse {
                    _ = try inputs.checkForeignModel(folder: plan.out, RunInputs.consent)
                }
                for run in plan.runs { try inputs.checkForeign(folder: run.out, run.interrupted) }
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
            if options.json { print(try comparison.json(pretty: false)) }
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
    fileprivate struct Plan {
        var out: String
        var methods: [SoupMethod]
        var seeds: [UInt64]
        var runs: [ResolvedRun] = []

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

    fileprivate func plan(_ share: CoreShare) throws -> Plan {
        let file = try options.config.map { try ConfigurationFile($0, names: Self.names) } ?? .none
        let names = try items(methods ?? file.list("methods")?.joined(separator: ","), "methods")
        let methods: [SoupMethod] =
            try names?.map { try Options.choice($0, "methods") } ?? SoupMethod.compared
        let texts = try items(seeds ?? file.list("seeds")?.joined(separator: ","), "seeds") ?? ["1"]
        let seeds = try texts.map { text in
            guard let seed = UInt64(text) else {
                throw OptionError(option: "--seeds", expected: "whole numbers", found: "\"\(text)\"")
            }
            return seed
        }
        let out = try Options.required(options.out ?? file.value("out"), "out", "a folder to write into")
        var plan = Plan(out: out, methods: methods, seeds: seeds)
        for method in methods {
            var given = options
            given.out = out
            var file = file
            if !method.isPlus {
                (given.granularity, given.group) = (nil, [])
                file = file.without("granularity").without("group")
            }
            for seed in method.learns ? seeds : [seeds[0]] {
                var run = try ResolvedRun(given, method: method, seed: seed, file, share)
                run.out =
                    "\(out)/\(method.rawValue)" + (seeds.count > 1 && method.learns ? "/seed-\(seed)" : "")
                plan.runs.append(run)
            }
        }
        return plan
    }

    /// Different items of a list that is separated by commas.
    private func items(_ list: String?, _ name: String) throws -> [String]? {
        guard let list else { return nil }
        let items = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !items.contains(""), Set(items).count == items.count else {
            throw OptionError(
                option: "--\(name)",
                expected: "different ones, separated by commas",
                found: "\"\(list)\""
            )
        }
        return items
    }
}
