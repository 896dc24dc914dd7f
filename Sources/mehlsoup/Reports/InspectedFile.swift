import Checkpoints
import Datasets
import Diagnostics
import Files
import Foundation
import Traces

/// A thing to look at, and what kind of thing it is.
enum InspectedFile: Equatable {
    case checkpoint(String)
    /// A reference, as in "DIR:test[0:100]".
    case dataset(String)
    case trace(String)
    case coefficients(String)
    /// A graph that PyTorch exported.
    case graph(String)
    case json(String)

    /// The things that an argument stands for: itself, or those of a folder that this program knows.
    ///
    /// * `passedOver`: takes in what there is to say of what is passed over
    ///
    /// - Throws: `FileError` where nothing is there or nothing is known about it, `DatasetError` where it can only be a
    ///   reference to a data set and is a wrong one.
    static func items(of argument: String, _ passedOver: inout [Doubt]) throws -> [InspectedFile] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder) else {
            return try items(ofReference: argument, &passedOver)
        }
        guard isFolder.boolValue else { return [try kind(of: argument)] }
        let items = try items(inFolder: argument, &passedOver)
        // A folder of images has a data set's own way to say what is wrong.
        return items.isEmpty ? [.dataset(argument)] : items
    }

    func report() throws -> any Report {
        switch self {
        case .checkpoint(let path): try CheckpointReport(Checkpoint(path))
        case .dataset(let reference): try DatasetReport(reference)
        case .trace(let path): try TraceReport(path)
        case .coefficients(let path): try CoefficientsReport(path)
        case .graph(let path): try GraphReport(path)
        case .json(let path): try JSONReport(path)
        }
    }

    private static func items(ofReference argument: String, _ passedOver: inout [Doubt]) throws
        -> [InspectedFile]
    {
        if argument.hasSuffix("]") || argument.hasSuffix(":train") || argument.hasSuffix(":test")
            || argument.hasSuffix(".tar") && !checkpointSuffixes.contains(where: argument.hasSuffix)
        {
            return [.dataset(argument)]
        }
        var items: [InspectedFile] = []
        for path in try PathPatterns.expand(argument, suffixes: []) {
            items += try Self.items(of: path, &passedOver)
        }
        return items
    }

    private static func items(inFolder folder: String, _ passedOver: inout [Doubt]) throws
        -> [InspectedFile]
    {
        let path = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var items: [InspectedFile] = []
        do {
            let contents = try IngredientPool.contents(of: folder)
            items += try contents.paths.map(kind)
            passedOver += contents.passedOver
        } catch let error as FileError where error.path == path {
            // A folder without checkpoints may hold other things to look at.
        }
        let known = [
            "ingredients.json", "coefficients.json", "metrics.json", "trace.pb", "trace.pb.partial",
            "trace-ranks.pb", "trace-ranks.pb.partial",
        ]
        return try items + known.filter(names.contains).map { try kind(of: "\(path)/\($0)") }
    }

    /// By its name, or where that tells nothing by how it begins.
    private static func kind(of path: String) throws -> InspectedFile {
        if path.hasSuffix(".index.json") || checkpointSuffixes.contains(where: path.hasSuffix) {
            return .checkpoint(path)
        }
        if path.hasSuffix(".pt2") { return .graph(path) }
        if path.hasSuffix(".npz") || path.hasSuffix(".tar") { return .dataset(path) }
        if path.hasSuffix(".pb") || path.hasSuffix(".pb.partial") { return .trace(path) }
        let file = try MappedFile(path)
        if path.hasSuffix(".safetensors") {
            let header = try SafetensorsHeader(file.bytes, path: path)
            let names = Set(header.entries.map(\.name))
            return names.isSuperset(of: ["images", "labels"]) ? .dataset(path) : .checkpoint(path)
        }
        if path.hasSuffix(".json") || file.bytes.first == UInt8(ascii: "{") {
            return holdsCoefficients(file) ? .coefficients(path) : .json(path)
        }
        if file.bytes.count > 8, file.bytes[8] == UInt8(ascii: "{") { return .checkpoint(path) }
        throw FileError(
            path,
            "expected a checkpoint (.safetensors, .pt), a data set (.npz), a trace (.pb), a graph (.pt2) or JSON, found another "
                + "kind of file"
        )
    }

    private static let checkpointSuffixes = CheckpointListing.Container.torch.suffixes

    private static func holdsCoefficients(_ file: MappedFile) -> Bool {
        if name(of: file.path) == "coefficients.json" { return true }
        struct Keys: Decodable { let models, groups, alpha: [Anything] }
        struct Anything: Decodable { init(from decoder: any Decoder) {} }
        guard let bytes = try? jsonBytes(of: file.path) else { return false }
        return (try? JSONDecoder().decode(Keys.self, from: bytes)) != nil
    }
}
