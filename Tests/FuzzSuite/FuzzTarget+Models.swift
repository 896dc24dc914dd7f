import ImportedGraphs
import VisionModels

extension FuzzTarget {
    /// Descriptions of models.
    static let models = [
        // config.json, preprocessor_config.json and a line for each tensor, "name 2 3", with zero bytes between them.
        FuzzTarget("config") { _, bytes in
            // Readers get a text that is UTF-8 already.
            let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            let texts = zip(ModelDescription.names, parts).filter { !$1.isEmpty }
            let description = try ModelDescription(
                folder: "",
                texts: Dictionary(uniqueKeysWithValues: texts.map { ($0, $1) })
            )
            let shapes = parts.count > 2 ? shapes(parts[2]) : [:]
            let model = try VisionModel(description, shapes: shapes, file: "model.safetensors")
            try model.checkAgreement(with: model)
        },
        // The JSON of a graph that PyTorch exported.
        FuzzTarget("graph", expansion: 4096) { _, bytes in
            let program = try ExportedProgram(json: bytes, file: "graph.pt2")
            _ = try program.operators(file: "graph.pt2")
            _ = try program.graph(file: "graph.pt2")
            _ = try program.graph(file: "graph.pt2", measures: true)
            // Not all go with them.
            try tolerating {
                let larger = try program.resized(largerImages(of: program), file: "graph.pt2")
                _ = try larger.graph(file: "graph.pt2")
            }
        },
        // The archive that such a graph lies in, with tensors beside it.
        FuzzTarget("architecture", expansion: 4096) { folder, bytes in
            let path = try folder.write(bytes, "architecture.pt2")
            let program = try ExportedProgram(path)
            _ = try program.graph(file: path)
            let names = program.sources.compactMap(\.source.tensor)
            let stored = try StoredTensors(path, of: names)
            for name in names { _ = (stored.shape(of: name), try stored.sha256(of: name)) }
        },
    ]

    /// Sizes of the inputs with a few pixels more.
    private static func largerImages(of program: ExportedProgram) -> [String: [Int]] {
        var sizes: [String: [Int]] = [:]
        for (name, source) in program.sources where source == .input {
            guard let tensor = program.tensors[name], tensor.sizes.count == 4 else { continue }
            sizes[name] = tensor.sizes.enumerated().map { $0 < 2 ? $1.factor : min($1.factor, 1 << 20) + 16 }
        }
        return sizes
    }

    /// As far as they are those of a file of a few megabytes, which a checkpoint's are compared with before.
    private static func shapes(_ text: String) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let sizes = words.dropFirst().compactMap { Int($0) }.filter { $0 >= 0 }
            let count = sizes.reduce(1.0) { $0 * Double($1) }
            guard let name = words.first, sizes.count == words.count - 1, count <= 1e6 else { continue }
            shapes[String(name)] = sizes
        }
        return shapes
    }
}
