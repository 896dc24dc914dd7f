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

    @Option(help: ArgumentHelp("The .safetensors file to write.", valueName: "file"))
    var out: String

    @Option(
        parsing: .unconditional,
        help: "Threads of each rank. (the cores it has)",
        transform: Options.wholeNumber
    )
    var threads: Int?

    mutating func run(on transport: any Transport) throws {
        let share = try transport.coreShare()
        let threads = try Options.integer(threads ?? share.threads, "threads", in: 1...4096)
        let (inputs, recipe) = try transport.agreeing { () throws -> (RunInputs, Recipe) in
            let inputs = try RunInputs(models: models, datasets: [])
            try inputs.checkOutput(file: out)
            if transport.isCoordinator { _ = try AtomicFile(out) }
            return (
                inputs, try coefficients.map { try Recipe($0, inputs) } ?? Recipe(uniform: inputs.pool.count)
            )
        }
        let settings = WorkSettings(inputs, threads: threads, granularity: recipe.granularity)
        _ = try Coordinator.run(Worker(transport, inputs, settings)) { coordinator in
            if recipe.file != nil { try recipe.check(try coordinator.digests(), inputs) }
            let parameters = try coordinator.mix(recipe.alpha)
            try write(parameters, inputs)
            if let warning = recipe.file?.warning { warn("\(recipe.path): \(warning)") }
            print("written \(out)")
        }
    }

    /// Writes the soup, and config.json where there is none: both or neither.
    private func write(_ parameters: UnsafePointer<Float>, _ inputs: RunInputs) throws {
        let folder = (out as NSString).deletingLastPathComponent
        let description = folder.isEmpty ? "config.json" : "\(folder)/config.json"
        var files = [try AtomicFile(out)]
        try writeModel(parameters, inputs, into: files[0])
        if !FileManager.default.fileExists(atPath: description) {
            files.append(try AtomicFile(description))
            try files[1].write(inputs.model.description.text)
        }
        for file in files { try file.seal() }
        for file in files { try file.commit() }
    }
}

/// What to mix: α of a coefficients file, or the same for all.
private struct Recipe {
    let path: String
    let file: CoefficientsFile?
    let granularity: Granularity
    /// Pool × groups.
    let alpha: CoefficientMatrix

    init(uniform count: Int) {
        path = ""
        file = nil
        granularity = .model
        alpha = CoefficientMatrix(rows: count, columns: 1, repeating: 1 / Double(count))
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
        granularity = try Self.granularity(of: file, path, inputs)
        var alpha = CoefficientMatrix(rows: file.models.count, columns: file.groups.count)
        for (group, row) in file.alpha.enumerated() {
            for (model, value) in row.enumerated() { alpha[model, group] = value }
        }
        self.alpha = alpha
    }

    /// The granularity whose groups are those of the file.
    private static func granularity(
        of file: CoefficientsFile,
        _ path: String,
        _ inputs: RunInputs
    ) throws -> Granularity {
        for granularity in Granularity.allCases
        where ParameterGroups(inputs.layout, granularity: granularity).names == file.groups {
            return granularity
        }
        throw OptionError(
            option: "\(path): groups",
            expected: "the tensors, layers or whole of \(inputs.pool.files[0].path)",
            found: "\(file.groups.count) other groups"
        )
    }

    /// The ingredients must hold what the coefficients were learned on.
    func check(_ digests: [String], _ inputs: RunInputs) throws {
        guard let file else { return }
        for (index, digest) in digests.enumerated() where file.models[index].sha256 != digest {
            throw OptionError(
                option: inputs.pool.files[index].path,
                expected: "the contents of \(file.models[index].path) that \(path) was learned on",
                found: "others (SHA-256 \(digest.prefix(12))…)"
            )
        }
    }
}
