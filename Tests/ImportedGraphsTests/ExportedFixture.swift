import Foundation
import Graphs
import Kernels
import Testing
import Threads

@testable import ImportedGraphs

/// An exported graph with what PyTorch computed from it in float64 (Fixtures/make.py, scripts/check_graphs.py).
struct ExportedFixture {
    static let names = [
        "vit", "layer_scale", "registers", "parts", "in_place", "convolutions", "norms", "places",
        "attention", "flat",
        "swin", "convnext", "beit", "per_sample", "shared", "resized",
    ]

    let program: ExportedProgram
    let path: String
    private let header: [String: Any]
    private let data: Data
    private let start: Int

    init(_ name: String) throws {
        try self.init(stem: try #require(Bundle.module.resourcePath) + "/Fixtures/\(name)")
    }

    /// * `stem`: the path of both files without their extensions
    init(stem: String) throws {
        path = "\(stem).pt2"
        program = try ExportedProgram(path)
        data = try Data(contentsOf: URL(fileURLWithPath: "\(stem).safetensors"), options: .alwaysMapped)
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try #require(
            try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any]
        )
        start = 8 + length
    }

    /// Names of the tensors that begin with `prefix`, without it.
    func names(_ prefix: String) -> [String] {
        header.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// Numbers of 8 bytes, as this machine has them: little-endian.
    private func numbers<T: BitwiseCopyable>(_ name: String, _ type: T.Type) throws -> [T] {
        let tensor = try #require(header[name] as? [String: Any], "\(name)")
        let range = try #require(tensor["data_offsets"] as? [Int])
        return data.withUnsafeBytes { bytes in
            stride(from: start + range[0], to: start + range[1], by: MemoryLayout<T>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: type)
            }
        }
    }

    func values(_ name: String) throws -> [Double] { try numbers(name, Double.self) }

    func labels() throws -> [Int] { try numbers("labels", Int64.self).map(Int.init) }

    /// How far logits, loss and every parameter's gradient are off, by name, as parts of the largest of each tensor.
    ///
    /// What is much smaller than all others, as the gradient of keys' biases, which is rounding alone, is measured by a
    /// thousandth of the largest.
    func errors<R: Real>(_ graph: Graph, in type: R.Type) throws -> [(name: String, error: Double)] {
        let parameters = try graph.layout.parameters.flatMap { try values("model.\($0.name)").map { R($0) } }
        let (images, labels) = (try values("images"), try labels())
        let executor = Executor<R>(graph, capacity: labels.count)
        executor.images(batch: labels.count, training: true).update(
            from: images.map { R($0) },
            count: images.count
        )
        executor.targets.update(repeating: 0, count: labels.count * graph.classes)
        for (row, label) in labels.enumerated() { executor.targets[row * graph.classes + label] = 1 }
        let logits = executor.forward(batch: labels.count, parameters: parameters, training: true)
        func error(_ found: some Collection<R>, _ expected: [Double], scale: Double = 0) -> Double {
            guard found.count == expected.count else { return .infinity }
            let largest = max(expected.map(abs).max() ?? 0, scale)
            return zip(found, expected).reduce(0) { worst, pair in
                let error = abs(Double(pair.0) - pair.1) / largest
                return error <= worst ? worst : error
            }
        }
        let found = UnsafeBufferPointer(start: logits, count: labels.count * graph.classes)
        var errors = [("logits", error(found, try values("logits")))]
        let loss = executor.loss(batch: labels.count, scale: 1 / R(labels.count)).loss
        errors.append(("loss", error([R(loss / Double(labels.count))], try values("loss"))))
        var gradient = [R](repeating: .nan, count: graph.layout.count)
        executor.backward(batch: labels.count, parameters: parameters, gradient: &gradient, adding: false)
        let all = try graph.layout.parameters.map { try values("gradient.\($0.name)") }
        let scale = 1e-3 * (all.joined().map(abs).max() ?? 0)
        for (parameter, expected) in zip(graph.layout.parameters, all) {
            errors.append((parameter.name, error(gradient[parameter.range], expected, scale: scale)))
        }
        return errors
    }

    /// How far measured statistics are from those that torch.optim.swa_utils.update_bn makes of the images, by name, as parts
    /// of the largest of each tensor.
    func errorsOfStatistics<R: Real>(in type: R.Type, on team: Team) throws -> [(name: String, error: Double)]
    {
        let graph = try program.graph(file: path, measures: true)
        let parameters = try graph.layout.parameters.flatMap { try values("model.\($0.name)").map { R($0) } }
        let images = try values("images")
        let batch = try labels().count
        let executor = Executor<R>(graph, capacity: batch, training: false, team: team)
        executor.images(batch: batch, training: false).update(from: images.map { R($0) }, count: images.count)
        var found = [Double](repeating: .nan, count: graph.statisticRanges.reduce(0) { $0 + $1.count })
        _ = executor.forward(batch: batch, parameters: parameters, statistics: &found)
        var start = 0
        return try graph.layout.parameters.filter { graph.statisticRanges.contains($0.range) }.map {
            parameter in
            let expected = try values("measured.\(parameter.name)")
            let own = found[start..<start + expected.count]
            start += expected.count
            let largest = expected.map(abs).max() ?? 0
            let error = zip(own, expected).reduce(0.0) { worst, pair in
                let error = abs(pair.0 - pair.1) / largest
                return error <= worst ? worst : error
            }
            return (parameter.name, error)
        }
    }
}
