import Checkpoints
import Foundation
import Kernels
import Testing

@testable import Graphs
@testable import VisionModels

/// A model of timm's with what PyTorch computed from it (Fixtures/make_vit.py).
struct Fixture {
    let model: VisionModel
    let file: Checkpoint

    init(_ name: String) throws {
        let folder = try #require(Bundle.module.resourcePath) + "/Fixtures"
        let path = "\(folder)/\(name).safetensors"
        let file = try Checkpoint(path)
        self.file = file
        var shapes: [String: [Int]] = [:]
        for (name, tensor) in file.tensors where name.hasPrefix("weight/") {
            shapes[String(name.dropFirst("weight/".count))] = tensor.shape
        }
        let description = try ModelDescription(path: "\(folder)/\(name).json")
        model = try VisionModel(description, shapes: shapes, file: path)
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
        for parameter in graph.layout.parameters {
            try expectClose(
                gradient[parameter.range],
                fixture.values("gradient/\(parameter.name)"),
                atol,
                parameter.name
            )
        }
    }

    private func expectClose<R: Real>(
        _ found: some Collection<R>,
        _ expected: [Float],
        _ atol: Double,
        _ name: String
    ) throws {
        #expect(found.count == expected.count)
        let scale = expected.map { abs(Double($0)) }.max() ?? 0
        for (index, (a, b)) in zip(found, expected).enumerated() {
            let tolerance = atol * scale + 1e-4 * abs(Double(b))
            #expect(abs(Double(a) - Double(b)) <= tolerance, "\(name)[\(index)]: \(a) against \(b)")
        }
    }

    @Test(arguments: ["vit_token", "vit_mean"]) func agreesWithPyTorchInDouble(name: String) throws {
        try compare(Fixture(name), Double.self, atol: 1e-12)
    }

    @Test(arguments: ["vit_token", "vit_mean"]) func agreesWithPyTorchInFloat(name: String) throws {
        try compare(Fixture(name), Float.self, atol: 2e-6)
    }

    @Test func readsTheDescription() throws {
        let model = try Fixture("vit_mean").model
        let size: [Int] = [model.channels, model.height, model.width]
        #expect(size == [1, 12, 8] as [Int])
        let half: [Float] = [0.5]
        #expect(model.mean == half)
        #expect(model.std == half)
        #expect(model.graph.layout.parameters.map(\.layer).contains("blocks.2"))
    }
}
