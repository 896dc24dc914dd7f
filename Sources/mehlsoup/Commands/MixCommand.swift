import ArgumentParser
import Checkpoints
import Coordination
import Diagnostics
import Files
import Foundation
import MessagePassing
import Runs
import Sharding
import Tensors
import Threads

/// `mehlsoup mix`.
struct MixCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Bakes a soup from saved coefficients.",
        discussion: """
            Gives the same file as the run that learned the coefficients, byte for byte, and puts config.json beside it \
            where there is none. Without coefficients it gives the uniform soup, the mean of all ingredients. A model in \
            --out that another program wrote is written over with --overwrite only.

              mehlsoup mix --models pool --coefficients soup/coefficients.json --out model.safetensors

            Statistics of batch norms are mixed like weights, which is not what the soup sees; with --graph and --data they \
            are measured on images. Where `learn` did so, the same images give the same file.
            """
    )

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The ingredients, in the order in which they were learned.",
            valueName: "file-or-dir"
        )
    )
    var models: [String]

    @OptionGroup var checkpoints: GivenOptions<CheckpointSettings>

    @Option(
        help: ArgumentHelp("What `learn` wrote; without it, all ingredients count alike.", valueName: "file")
    )
    var coefficients: String?

    @Option(
        help: ArgumentHelp(
            "Images on which statistics of batch norms are measured, up to 2,048 of them. (none: they are mixed)",
            valueName: "data"
        )
    )
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The same of images without labels, as of `learn --unlabelled`; instead of --data.",
            valueName: "data"
        )
    )
    var unlabelled: String?

    /// Whether statistics are measured.
    private var measures: Bool { data != nil || unlabelled != nil }

    @Option(
        help: ArgumentHelp(
            "The .safetensors file to write; of sharded ingredients, where it is no such name, a folder for the shards.",
            valueName: "file"
        )
    )
    var out: String

    @Flag(help: "Write over a model in --out, and its description, that another program wrote.")
    var overwrite = false

    @Option(
        parsing: .unconditional,
        help: "Threads of each rank. (the cores it has)",
        transform: Int.parse
    )
    var threads: Int?

    mutating func run(on transport: any Transport) throws {
        guard data == nil || unlabelled == nil else {
            throw OptionError(option: "--unlabelled", expected: "no --data beside it", found: "both")
        }
        let share = try transport.coreShare()
        let threads = try share.threads(threads)
        try transport.watch()
        guard transport.size > 1 || measures else { return try mix(threads: threads) }
        let command = self
        let checkpoints = try transport.agreeing { try command.checkpointSettings() }
        let inputs = try RunInputs.open(
            models: models,
            weights: checkpoints.weights,
            graph: checkpoints.graph,
            datasets: [data].compactMap(\.self),
            unlabelled: unlabelled,
            on: transport
        )
        let recipe = try transport.agreeing {
            if measures {
                try StatisticsError.check(inputs, option: unlabelled == nil ? "--data" : "--unlabelled")
            }
            try check(inputs.output, on: transport)
            return try readRecipe(inputs.pool, inputs.layout)
        }
        try transport.agree(on: inputs, options: recipe.facts)
        var settings = WorkSettings(inputs, threads: threads, groups: recipe.groups)
        settings.measuresStatistics = measures
        _ = try Coordinator.run(Worker(transport, inputs, settings)) { coordinator in
            let digests = recipe.file == nil ? [] : try coordinator.digests()
            try coordinator.mix(recipe.alpha(for: digests, inputs.pool), measuring: measures)
            let parameters = coordinator.worker.model
            try write(inputs.output, { parameters + $0.lowerBound }, copy: inputs.carried?.copy)
            if let difference = inputs.kernelDifference { warn(difference) }
            let doubt = measures ? nil : inputs.statisticsDoubt
            finish(recipe, inputs.doubts + [doubt].compactMap(\.self))
        }
    }

    /// One process needs neither a graph nor the whole model in memory.
    private func mix(threads: Int) throws {
        let checkpoints = try checkpointSettings()
        let ingredients = try NamedIngredients(
            models: models,
            weights: checkpoints.weights,
            graph: checkpoints.graph
        )
        let (pool, layout) = (ingredients.pool, ingredients.layout)
        let output = SoupOutput(pool, layout, ingredients.description)
        try check(output, on: MemoryTransport.alone())
        let recipe = try readRecipe(pool, layout)
        let digests = recipe.file == nil ? [] : try pool.ingredients.map { try $0.sha256() }
        let mixing = StreamedMixing(
            pool,
            layout,
            recipe.groups ?? ParameterGroups(layout, granularity: .model),
            try recipe.alpha(for: digests, pool),
            team: Team(threads: threads)
        )
        try write(output, mixing.numbers)
        finish(recipe, ingredients.doubts)
    }

    private func readRecipe(_ pool: IngredientPool, _ layout: ParameterLayout) throws -> MixRecipe {
        try coefficients.map { try MixRecipe($0, pool, layout) } ?? MixRecipe()
    }

    /// Throws where `out` cannot be written.
    private func check(_ output: SoupOutput, on transport: any Transport) throws {
        try checkName(output)
        if transport.isCoordinator { try checkPlace(output) }
    }

    private func finish(_ recipe: MixRecipe, _ doubts: [Doubt]) {
        for doubt in doubts { warn(doubt.text) }
        if let warning = recipe.file?.warning { warn("\(recipe.path): \(warning)") }
        if recipe.file?.hasMeasuredStatistics == true, !measures {
            warn(
                "\(recipe.path): the soup had statistics of batch norms that were measured on images, and \(out) has mixed ones: "
                    + "it is another model; --graph and --data measure them again"
            )
        }
        print("written \(out)")
    }

    /// Ends of names that say that a file is in another form than the one written.
    private static let otherForms = [
        ".pt", ".pth", ".bin", ".ckpt", ".tar", ".pkl", ".onnx", ".h5", ".msgpack", ".npz", ".gguf", ".json",
    ]

    /// Throws where `out` cannot be the soup's name.
    private func checkName(_ output: SoupOutput) throws {
        if let form = Self.otherForms.first(where: out.lowercased().hasSuffix) {
            throw OptionError(
                option: "--out",
                expected: "a name ending in .safetensors, the form that soups are written in (in Python: "
                    + "safetensors.torch.load_file)",
                found: "\"\(out)\", ending in \(form)"
            )
        }
        guard !isFolder(output) else { return try output.check(folder: out) }
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: out, isDirectory: &isDirectory)
        guard !out.hasSuffix("/"), !exists || !isDirectory.boolValue else {
            let folder = out.hasSuffix("/") ? String(out.dropLast()) : out
            throw FileError(
                out,
                "expected a file to write, as \(folder)/\(ModelFiles.usualName), found a folder"
            )
        }
        try output.check(file: out)
    }

    /// Throws where nothing can be written, or another program's model or description lies there.
    private func checkPlace(_ output: SoupOutput) throws {
        let consent = "--overwrite"
        if isFolder(output) {
            _ = try MadeFolders(for: out)
            if !overwrite { _ = try output.checkForeignModel(folder: out, consent) }
        } else {
            if !overwrite { try output.checkForeignModel(file: out, consent) }
            _ = try AtomicFile(out)
        }
        if !overwrite { try output.checkForeignDescription(folder: folder(output), consent) }
    }

    /// How ingredients are read; the weights that are mixed are those that the coefficients were learned on.
    private func checkpointSettings() throws -> CheckpointSettings {
        var settings = try checkpoints.settings(CheckpointSettings())
        guard let coefficients, let learned = try CoefficientsFile(coefficients).weights else {
            return settings
        }
        guard settings.weights == nil || settings.weights == learned else {
            throw OptionError(
                option: "--weights",
                expected: "\(learned), which \(coefficients) was learned on",
                found: "\(settings.weights?.rawValue ?? "")"
            )
        }
        settings.weights = learned
        return settings
    }

    /// Writes the soup and the description of its model: all or nothing.
    private func write(
        _ output: SoupOutput,
        _ numbers: CheckpointWriter.Numbers,
        copy: CheckpointWriter.Copying? = nil
    ) throws {
        RunPlace.begin(.writing)
        let isFolder = isFolder(output)
        let folder = folder(output)
        var files: [AtomicFile] = []
        let made = try MadeFolders(for: isFolder ? out : ".")
        do {
            if isFolder { try made.make() }
            for (name, text) in output.description.texts.sorted(by: { $0.key < $1.key }) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                guard (try? MappedFile(path).text()) != text else { continue }
                let file = try AtomicFile(path)
                files.append(file)
                try file.write(text)
            }
            try output.write(numbers, inOneFile: !isFolder, copy: copy) { name in
                let file = try AtomicFile(isFolder ? "\(out)/\(name)" : out)
                files.append(file)
                return file
            }
            for file in files { try file.seal() }
            for file in files { try file.commit() }
        } catch {
            files = []
            made.remove()
            throw error
        }
    }

    /// Where the soup goes; empty for the working folder.
    private func folder(_ output: SoupOutput) -> String { isFolder(output) ? out : Files.folder(of: out) }

    /// Whether the soup of sharded ingredients is to be written in shards too.
    private func isFolder(_ output: SoupOutput) -> Bool {
        output.pool.ingredients[0].listing.index != nil && !out.hasSuffix(".safetensors")
    }
}
