import Graphs
import Kernels
import Testing

@testable import ImportedGraphs

/// Graphs out of files, at another batch size than they were exported with, against PyTorch's own numbers.
@Suite struct ImportTests {
    private func expectClose<R: Real>(
        _ found: some Collection<R>,
        _ expected: [Double],
        _ tolerance: Double,
        scale: Double = 0,
        _ name: String
    ) {
        #expect(found.count == expected.count)
        let largest = max(expected.map(abs).max() ?? 0, scale)
        for (a, b) in zip(found, expected) {
            #expect(abs(Double(a) - b) <= tolerance * largest, "\(name): \(a) against \(b)")
        }
    }

    /// Logits, loss and every parameter's gradient.
    private func compare<R: Real>(_ name: String, _ type: R.Type, tolerance: Double) throws {
        let fixture = try ExportedFixture(name)
        let graph = try fixture.program.graph(file: fixture.path)
        #expect(graph.layout.parameters.map(\.name).sorted() == fixture.names("model."))
        let parameters = try graph.layout.parameters.flatMap {
            try fixture.values("model.\($0.name)").map { R($0) }
        }
        let (images, labels) = (try fixture.values("images"), try fixture.labels())
        let executor = Executor<R>(graph, capacity: labels.count)
        executor.images(batch: labels.count, training: true).update(
            from: images.map { R($0) },
            count: images.count
        )
        executor.targets.update(repeating: 0, count: labels.count * graph.classes)
        for (row, label) in labels.enumerated() { executor.targets[row * graph.classes + label] = 1 }
        let logits = executor.forward(batch: labels.count, parameters: parameters, training: true)
        let count = labels.count * graph.classes
        expectClose(
            UnsafeBufferPointer(start: logits, count: count),
            try fixture.values("logits"),
            tolerance,
            "logits"
        )
        let loss = executor.loss(batch: labels.count, scale: 1 / R(labels.count)).loss
        expectClose([loss / Double(labels.count)], try fixture.values("loss"), tolerance, "loss")
        var gradient = [R](repeating: .nan, count: graph.layout.count)
        executor.backward(batch: labels.count, parameters: parameters, gradient: &gradient, adding: false)
        // Keys' biases have no gradient but for rounding: that of all tells how much of it there is.
        let all = try graph.layout.parameters.flatMap { try fixture.values("gradient.\($0.name)") }
        let scale = 1e-3 * (all.map(abs).max() ?? 0)
        for parameter in graph.layout.parameters {
            let expected = try fixture.values("gradient.\(parameter.name)")
            expectClose(gradient[parameter.range], expected, tolerance, scale: scale, parameter.name)
        }
    }

    @Test(arguments: ExportedFixture.names) func agreesWithPyTorchInDouble(name: String) throws {
        try compare(name, Double.self, tolerance: 1e-10)
    }

    @Test(arguments: ExportedFixture.names) func agreesWithPyTorchInFloat(name: String) throws {
        try compare(name, Float.self, tolerance: 1e-4)
    }

    @Test func layersAreNamedByTheModules() {
        #expect(GraphImporter.layer(of: "blocks.0.attn.qkv.weight") == "blocks.0")
        #expect(GraphImporter.layer(of: "stages.1.blocks.2.norm.weight") == "stages.1")
        #expect(GraphImporter.layer(of: "patch_embed.proj.bias") == "patch_embed")
        #expect(GraphImporter.layer(of: "cls_token") == "cls_token")
    }

    @Test(arguments: [
        ("Symbol('s77', positive=True, integer=True)", Extent(1, hasBatch: true)),
        ("Mul(Integer(16), Symbol('s0', positive=True, integer=True))", Extent(16, hasBatch: true)),
        ("Mul(Integer(2), Integer(3))", Extent(6)), ("Integer(7)", Extent(7)),
    ]) func sizesAreMultiplesOfTheBatch(text: String, extent: Extent) {
        #expect(Extent(expression: text) == extent)
    }

    @Test(arguments: [
        "", "Add(Integer(1), Symbol('s0'))", "Mul(Symbol('a'), Symbol('b'))", "Integer(7", "Integer(-1)",
        "Mul(",
        "Symbol('s0') ", "Integer(99999999999999999999)",
        String(repeating: "Mul(", count: 100_000),
        "Mul(Integer(9223372036854775807), Integer(2))",
    ]) func otherSizesAreRefused(text: String) {
        #expect(Extent(expression: text) == nil)
    }
}
