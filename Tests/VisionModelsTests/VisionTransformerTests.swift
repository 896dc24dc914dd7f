import Checkpoints
import Foundation
import Kernels
import Testing

@testable import Graphs
@testable import VisionModels

/// A model with what PyTorch computed from it (Fixtures/make_models.py).
struct Fixture {
    let model: VisionModel
    let file: Checkpoint

    init(_ name: String) throws {
        let folder = try #require(Bundle.module.resourcePath) + "/Fixtures/\(name)"
        file = try Checkpoint("\(folder)/computed.safetensors")
        model = try VisionModel(
            ModelDescription(folder: folder),
            shapes: Self.shapes(file),
            file: file.path
        )
    }

    /// Of the model's tensors.
    static func shapes(_ file: Checkpoint) -> [String: [Int]] {
        var shapes: [String: [Int]] = [:]
        for (name, tensor) in file.tensors where name.hasPrefix("weight/") {
            shapes[String(name.dropFirst("weight/".count))] = tensor.shape
        }
        return shapes
    }

    /// Every model of families.py, and timm's class itself.
    static var names: [String] {
        get throws {
            let folder = try #require(Bundle.module.resourcePath) + "/Fixtures"
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)/computed.safetensors") }
                .sorted()
        }
    }

    func values(_ name: String) throws -> [Float] {
        let tensor = try #require(file.tensors[name])
        return try [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
            if let base = buffer.baseAddress { try file.read(tensor, 0..<tensor.count, into: base) }
            count = tensor.count
        }
    }

    /// Every parameter, or its expected gradient, in the layout's order.
    func flat(_ kind: String) throws -> [Float] {
        try model.graph.layout.parameters.flatMap { try values("\(kind)/\($0.name)") }
    }
}

@Suite struct VisionTransformerTests {
    /// Logits, loss and every gradient element by element: |a − b| ≤ atol + 1e-4·|b|, atol scaled to the tensor.
    private func compare<R: Real>(_ fixture: Fixture, _ type: R.Type, atol: Double) throws {
        let graph = fixture.model.graph
        let executor = Executor<R>(graph, capacity: 5)
        let parameters = try fixture.flat("weight").map { R($0) }
        let images = try fixture.values("images").map { R($0) }
        executor.images(batch: 5, training: true).update(from: images, count: images.count)
        executor.targets.update(repeating: 0, count: 5 * graph.classes)
        for (row, label) in try fixture.values("labels").enumerated() {
            smoothedTarget(
                label: Int(label),
                classes: graph.classes,
                smoothing: R(0.1),
                addTo: executor.targets + row * graph.classes
            )
        }
        let logits = executor.forward(batch: 5, parameters: parameters, training: true)
        try expectClose(
            UnsafeBufferPointer(start: logits, count: 5 * graph.classes),
            fixture.values("logits"),
            atol,
            "logits"
        )
        let loss = executor.loss(batch: 5, scale: R(1) / 5).loss / 5
        try expectClose([loss], fixture.values("loss"), atol, "loss")
        var gradient = [R](repeating: 0, count: graph.layout.count)
        executor.backward(batch: 5, parameters: parameters, gradient: &gradient, adding: false)
        // Every tensor that the loss depends on, and no other.
        let expected = Set(fixture.file.tensors.keys.filter { $0.hasPrefix("gradient/") })
        #expect(Set(graph.layout.parameters.map { "gradient/\($0.name)" }) == expected)
        for parameter in graph.layout.parameters {
            try expectClose(
                gradient[parameter.range],
                fixture.values("gradient/\(parameter.name)"),
                atol,
                scale: fixture.values("gradient/\(scaleName(parameter.name))"),
                parameter.name
            )
        }
    }

    /// The keys' bias moves all scores of a query alike, so its gradient is zero but for rounding: that of the values
    /// tells how much rounding there is.
    private func scaleName(_ name: String) -> String {
        guard name.hasSuffix(".bias") else { return name }
        return name.replacing("k_proj.", with: "v_proj.").replacing(".key.", with: ".value.")
    }

    private func expectClose<R: Real>(
        _ found: some Collection<R>,
        _ expected: [Float],
        _ atol: Double,
        scale: [Float]? = nil,
        _ name: String
    ) throws {
        #expect(found.count == expected.count)
        let scale = (scale ?? expected).map { abs(Double($0)) }.max() ?? 0
        for (index, (a, b)) in zip(found, expected).enumerated() {
            let tolerance = atol * scale + 1e-4 * abs(Double(b))
            #expect(abs(Double(a) - Double(b)) <= tolerance, "\(name)[\(index)]: \(a) against \(b)")
        }
    }

    @Test(arguments: try Fixture.names) func agreesWithPyTorchInDouble(name: String) throws {
        try compare(Fixture(name), Double.self, atol: 1e-12)
    }

    @Test(arguments: try Fixture.names) func agreesWithPyTorchInFloat(name: String) throws {
        try compare(Fixture(name), Float.self, atol: 2e-6)
    }

    @Test func readsTheDescription() throws {
        let model = try Fixture("timm_one_channel").model
        let size: [Int] = [model.channels, model.height, model.width]
        #expect(size == [1, 12, 8] as [Int])
        let half: [Float] = [0.5]
        #expect(model.mean == half)
        #expect(model.std == half)
        #expect(model.graph.layout.parameters.map(\.layer).contains("blocks.2"))
    }
}

extension VisionModel {
    /// What it says of an option of the computation.
    func option(_ name: String) -> String? { options.first { $0.name == name }?.value }
}
