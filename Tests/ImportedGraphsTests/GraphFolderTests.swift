import Foundation
import Graphs
import Kernels
import Testing

@testable import ImportedGraphs

private enum GraphFolder {
    static let path = ProcessInfo.processInfo.environment["MEHLSOUP_GRAPHS"]

    static var stems: [String] {
        guard let path, let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return []
        }
        return names.filter { $0.hasSuffix(".safetensors") }.map { String($0.dropLast(12)) }.sorted()
    }

    static func note(_ line: String) throws {
        let table = "\(path ?? "")/table.md"
        let known = (try? String(contentsOfFile: table, encoding: .utf8)) ?? ""
        try (known + line + "\n").write(toFile: table, atomically: true, encoding: .utf8)
    }
}

/// Graphs of a folder that scripts/check_graphs.py filled: a line of a table for each, in `MEHLSOUP_GRAPHS`/table.md.
@Suite(
    .enabled(if: GraphFolder.path != nil, "MEHLSOUP_GRAPHS names no folder"),
    .serialized
)
struct GraphFolderTests {
    @Test(arguments: GraphFolder.stems) func agreesWithPyTorch(stem: String) throws {
        let folder = try #require(GraphFolder.path)
        let fixture = try ExportedFixture(stem: "\(folder)/\(stem)")
        let graph: Graph
        do {
            graph = try fixture.program.graph(file: "\(stem).pt2")
        } catch {
            try GraphFolder.note("| \(stem) | | | | | \(error) |")
            throw error
        }
        #expect(graph.layout.parameters.map(\.name).sorted() == fixture.names("model."))
        func worst(_ errors: [(name: String, error: Double)]) -> (name: String, error: Double) {
            errors.reduce(("none", 0)) { $1.error <= $0.1 ? $0 : $1 }
        }
        let start = ContinuousClock.now
        let double = worst(try fixture.errors(graph, in: Double.self))
        let float = worst(try fixture.errors(graph, in: Float.self))
        let own = try fixture.values("float32_error")[0]
        let seconds = (ContinuousClock.now - start).components.seconds
        func text(_ number: Double) -> String { String(format: "%.1e", number) }
        try GraphFolder.note(
            "| \(stem) | \(graph.layout.count) | \(text(double.error)) | \(text(float.error)) | \(text(own)) | "
                + "\(double.name), \(float.name); \(seconds) s |"
        )
        #expect(double.error <= 1e-10, "\(double.name)")
        #expect(float.error <= 1e-4, "\(float.name)")
    }
}
