import ArgumentParser
import Checkpoints
import Coordination
import Diagnostics
import Files
import Foundation
import MessagePassing
import Runs

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

    @OptionGroup var weights: GivenOptions<CheckpointSettings>

    @Option(
        help: ArgumentHelp("What `learn` wrote; without it, all ingredients count alike.", valueName: "file")
    )
    var coefficients: String?

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
        let share = try transport.coreShare()
        let threads = try share.threads(threads)
        try transport.watch()
        let command = self
        let weights = try transport.agreeing { try command.kindOfWeights() }
        let inputs = try RunInputs.open(models: models, weights: weights, datasets: [], on: transport)
        let recipe = try transport.agreeing {
            try checkName(inputs)
            if transport.isCoordinator { try checkPlace(inputs) }
            return try coefficients.map { try MixRecipe($0, inputs) } ?? MixRecipe()
        }
        try transport.agree(on: inputs, options: recipe.facts)
        let settings = WorkSettings(inputs, threads: threads, groups: recipe.groups)
        _ = try Coordinator.run(Worker(transport, inputs, settings)) { coordinator in
            let digests = recipe.file == nil ? [] : try coordinator.digests()
            let parameters = try coordinator.mix(recipe.alpha(for: digests, inputs))
            try write(parameters, inputs)
            if let difference = inputs.kernelDifference { warn(difference) }
            warn(of: inputs.doubts, inputs)
            if let warning = recipe.file?.warning { warn("\(recipe.path): \(warning)") }
            print("written \(out)")
        }
    }

    /// Ends of names that say that a file is in another form than the one written.
    private static let otherForms = [
        ".pt", ".pth", ".bin", ".ckpt", ".tar", ".pkl", ".onnx", ".h5", ".msgpack", ".npz", ".gguf", ".json",
    ]

    /// Throws where `out` cannot be the soup's name.
    private func checkName(_ inputs: RunInputs) throws {
        if let form = Self.otherForms.first(where: out.lowercased().hasSuffix) {
            throw OptionError(
                option: "--out",
                expected: "a name ending in .safetensors, the form that soups are written in (in Python: "
                    + "safetensors.torch.load_file)",
                found: "\"\(out)\", ending in \(form)"
            )
        }
        guard !isFolder(inputs) else { return try inputs.checkOutput(folder: out) }
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: out, isDirectory: &isDirectory)
        guard !out.hasSuffix("/"), !exists || !isDirectory.boolValue else {
            let folder = out.hasSuffix("/") ? String(out.dropLast()) : out
            throw FileError(
                out,
                "expected a file to write, as \(folder)/\(ModelFiles.usualName), found a folder"
            )
        }
        try inputs.checkOutput(file: out)
    }

    /// Throws where nothing can be written, or another program's model or description lies there.
    private func checkPlace(_ inputs: RunInputs) throws {
        let consent = "--overwrite"
        if isFolder(inputs) {
            _ = try MadeFolders(for: out)
            if !overwrite { _ = try inputs.checkForeignModel(folder: out, consent) }
        } else {
            if !overwrite { try inputs.checkForeignModel(file: out, consent) }
            _ = try AtomicFile(out)
        }
        if !overwrite { try inputs.checkForeignDescription(folder: folder(inputs), consent) }
    }

    /// Which weights are mixed: those that the coefficients were learned on.
    private func kindOfWeights() throws -> WeightsKind? {
        let given = try weights.settings(CheckpointSettings()).weights
        guard let coefficients, let learned = try CoefficientsFile(coefficients).weights else { return given }
        guard given == nil || given == learned else {
            throw OptionError(
                option: "--weights",
                expected: "\(learned), which \(coefficients) was learned on",
                found: "\(given?.rawValue ?? "")"
            )
        }
        return learned
    }

    /// Writes the soup and the description of its model: all or nothing.
    private func write(_ parameters: UnsafePointer<Float>, _ inputs: RunInputs) throws {
        RunPlace.begin(.writing)
        let isFolder = isFolder(inputs)
        let folder = folder(inputs)
        var files: [AtomicFile] = []
        let made = try MadeFolders(for: isFolder ? out : ".")
        do {
            if isFolder { try made.make() }
            for (name, text) in inputs.model.description.texts.sorted(by: { $0.key < $1.key }) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                guard (try? MappedFile(path).text()) != text else { continue }
                let file = try AtomicFile(path)
                files.append(file)
                try file.write(text)
            }
            try writeModel(parameters, inputs, inOneFile: !isFolder) { name in
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
    private func folder(_ inputs: RunInputs) -> String { isFolder(inputs) ? out : Files.folder(of: out) }

    /// Whether the soup of sharded ingredients is to be written in shards too.
    private func isFolder(_ inputs: RunInputs) -> Bool {
        inputs.pool.ingredients[0].listing.index != nil && !out.hasSuffix(".safetensors")
    }
}
