import Kernels
import Testing
import Threads

@testable import Graphs
@testable import ImportedGraphs

/// Graphs out of files, at another batch size than they were exported with, against PyTorch's own numbers.
@Suite struct ImportTests {
    /// Logits, loss and every parameter's gradient.
    private func compare<R: Real>(_ name: String, _ type: R.Type, tolerance: Double) throws {
        let fixture = try ExportedFixture(name)
        let graph = try fixture.program.graph(file: fixture.path)
        #expect(graph.layout.parameters.map(\.name).sorted() == fixture.names("model."))
        for (name, error) in try fixture.errors(graph, in: type) {
            #expect(error <= tolerance, "\(name)")
        }
    }

    @Test(arguments: ExportedFixture.names) func agreesWithPyTorchInDouble(name: String) throws {
        try compare(name, Double.self, tolerance: 1e-10)
    }

    @Test(arguments: ExportedFixture.names) func agreesWithPyTorchInFloat(name: String) throws {
        try compare(name, Float.self, tolerance: 1e-4)
    }

    /// Attention is one operator, as in the graphs of the families: with a bias of its scores, causal, written out in windows.
    @Test(arguments: ["vit", "registers", "beit", "per_sample", "swin"]) func attentionIsFused(name: String)
        throws
    {
        let fixture = try ExportedFixture(name)
        let operators = try fixture.program.graph(file: fixture.path).operators
        #expect(operators.contains { $0 is SelfAttention })
        #expect(!operators.contains { $0 is BatchedProduct })
    }

    /// Statistics of batch norms, measured anew, against torch.optim.swa_utils.update_bn's.
    @Test(arguments: ["convolutions", "attention"]) func statisticsAgreeWithPyTorch(name: String) throws {
        let fixture = try ExportedFixture(name)
        for (name, error) in try fixture.errorsOfStatistics(in: Double.self, on: .alone) {
            #expect(error <= 1e-10, "\(name)")
        }
        let alone = try fixture.errorsOfStatistics(in: Float.self, on: .alone)
        #expect(!alone.isEmpty)
        for (name, error) in alone { #expect(error <= 1e-5, "\(name)") }
        let together = try fixture.errorsOfStatistics(in: Float.self, on: Team(threads: 3))
        #expect(alone.map(\.error) == together.map(\.error))
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
