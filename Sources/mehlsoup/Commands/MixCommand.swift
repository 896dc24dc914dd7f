import ArgumentParser
import Checkpoints
import Coordination
import Diagnostics
import Files
import Foundation
import MessagePassing
import Soups
import Tensors

/// `mehlsoup mix`.
struct MixCommand: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Bakes a soup from saved coefficients.",
        discussion: """
            Gives the same file as the run that learned the coefficients, byte for byte, and puts config.json beside it \
            where there is none. Without coefficients it gives the uniform soup, the mean of all ingredients.

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

    @Option(
        parsing: .unconditional,
        help: "Threads of each rank. (the cores it has)",
        transform: Options.wholeNumber
    )
    var threads: Int?

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let threads = try share.threads(threads)
        try transport.watch()
        let inputs = try RunInputs.open(models: models, datasets: [], on: transport)
        let recipe = try transport.agreeing {
            if isFolder(inputs) {
                try inputs.checkOutput(folder: out)
                _ = try MadeFolders(for: out)
            } else {
                try inputs.checkOutput(file: out)
                if transport.isCoordinator { _ = try AtomicFile(out) }
            }
            return try coefficients.map { try Recipe($0, inputs) } ?? Recipe()
        }
        try transport.agree(on: inputs, options: recipe.facts)
        let settings = WorkSettings(inputs, threads: threads, groups: recipe.groups)
        _ = try Coordinator.run(Worker(transport, inputs, settings)) { coordinator in
            let digests = recipe.file == nil ? [] : try coordinator.digests()
            let parameters = try coordinator.mix(recipe.alpha(for: digests, inputs))
            try write(parameters, inputs)
            if let difference = inputs.kernelDifference { warn(difference) }
            if let warning = recipe.file?.warning { warn("\(recipe.path): \(warning)") }
            print("written \(out)")
        }
    }

    /// Writes the soup and the description of its model: all or nothing.
    ///
    /// A foreign description is left alone, and so is `out`.
    private func write(_ parameters: UnsafePointer<Float>, _ inputs: RunInputs) throws {
        RunPlace.begin(.writing)
        let isFolder = isFolder(inputs)
        let folder = isFolder ? out : Files.folder(of: out)
        var files: [AtomicFile] = []
        let made = try MadeFolders(for: isFolder ? out : ".")
        do {
            if isFolder { try made.make() }
            for (name, text) in inputs.model.description.texts.sorted(by: { $0.key < $1.key }) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                guard FileManager.default.fileExists(atPath: path) else {
                    let file = try AtomicFile(path)
                    files.append(file)
                    try file.write(text)
                    continue
                }
                guard try MappedFile(path).text() == text else {
                    throw FileError(
                        path,
                        "expected the ingredients' model description (\(inputs.model.description.path)), found another: "
                            + "write the soup into a folder of its own"
                    )
                }
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

    /// Whether the soup of sharded ingredients is to be written in shards too.
    private func isFolder(_ inputs: RunInputs) -> Bool {
        inputs.pool.ingredients[0].listing.index != nil && !out.hasSuffix(".safetensors")
    }
}

/// What to mix: α of a coefficients file, or the same for all.
private struct Recipe {
    let path: String
    let file: CoefficientsFile?
    /// Nil for the whole model as one.
    let groups: ParameterGroups?

    /// The same for all.
    init() {
        path = ""
        file = nil
        groups = nil
    }

    init(_ path: String, _ inputs: RunInputs) throws {
        let file = try CoefficientsFile(path)
        guard inputs.pool.count == file.models.count else {
            throw OptionError(
                option: "--models",
                expected: "\(file.models.count) ingredients as in \(path)",
                found: "\(inputs.pool.count)"
            )
        }
        self.path = path
        self.file = file
        groups = try Self.groups(of: file, path, inputs)
    }

    /// What all ranks must have alike.
    var facts: [String] {
        guard let file else { return ["the uniform soup"] }
        return ["coefficients \(sha256(of: "\(file.alpha)"))"]
    }

    /// The groups that the file names.
    private static func groups(
        of file: CoefficientsFile,
        _ path: String,
        _ inputs: RunInputs
    ) throws -> ParameterGroups {
        if let tensors = file.tensors {
            if let groups = ParameterGroups(inputs.layout, names: file.groups, members: tensors) {
                return groups
            }
        } else {
            let known = Granularity.allCases.map { ParameterGroups(inputs.layout, granularity: $0) }
            if let groups = known.first(where: { $0.names == file.groups }) { return groups }
        }
        throw OptionError(
            option: "\(path): groups",
            expected: "groups of the tensors of \(inputs.pool.ingredients[0].path)",
            found: "\(file.groups.count) others"
        )
    }

    /// α for the pool as it was given, pool × groups; ingredients are told by their contents, in whatever order.
    func alpha(for digests: [String], _ inputs: RunInputs) throws -> CoefficientMatrix {
        let count = inputs.pool.count
        guard let file else {
            return CoefficientMatrix(rows: count, columns: 1, repeating: 1 / Double(count))
        }
        var alpha = CoefficientMatrix(rows: count, columns: file.groups.count)
        var left = Array(file.models.indices)
        for (ingredient, digest) in digests.enumerated() {
            guard let place = left.firstIndex(where: { file.models[$0].sha256 == digest }) else {
                throw OptionError(
                    option: inputs.pool.ingredients[ingredient].path,
                    expected: "the contents of an ingredient that \(path) was learned on",
                    found: "others (SHA-256 \(digest.prefix(12))…)"
                )
            }
            let model = left.remove(at: place)
            for (group, row) in file.alpha.enumerated() { alpha[ingredient, group] = row[model] }
        }
        return alpha
    }
}
