import Graphs
import ImportedGraphs

/// A graph that PyTorch exported: what it is made of, and whether this program can compute it.
struct GraphReport: Report {
    struct Operator: Encodable {
        let name: String
        let nodes: Int
        let isKnown: Bool
    }

    let kind = "graph"
    let path: String
    let torchVersion: String
    let schemaVersion: String
    let operators: [Operator]
    /// Trainable tensors that the graph reads, and their elements; nil where it cannot be computed.
    let tensors: Int?
    let parameters: Int?
    let outputs: Int?
    /// Why it cannot be computed.
    let problem: String?

    /// - Throws: what is wrong with the file
    init(_ path: String) throws {
        let program = try ExportedProgram(path)
        self.path = path
        torchVersion = program.torchVersion
        schemaVersion = program.schemaVersion
        operators = try program.operators(file: path).map {
            Operator(name: $0.name, nodes: $0.count, isKnown: $0.isKnown)
        }
        do {
            let graph = try program.graph(file: path)
            tensors = graph.layout.parameters.count
            parameters = graph.layout.count
            outputs = graph.classes
            problem = nil
        } catch {
            (tensors, parameters, outputs) = (nil, nil, nil)
            problem = error.description
        }
    }

    var lines: [String] {
        let nodes = operators.reduce(0) { $0 + $1.nodes }
        var lines = [
            "\(path): a graph of \(nodes.of("node")), exported by PyTorch \(torchVersion) (schema \(schemaVersion))"
        ]
        if let tensors, let parameters, let outputs {
            lines.append(
                "  \(parameters.of("parameter")) in \(tensors.of("tensor")), \(outputs.of("output")) per sample; all of its operators "
                    + "are known"
            )
        }
        if let problem { lines.append("  cannot be computed: \(problem)") }
        lines += table(
            ["operator", "nodes", ""],
            operators.map { [$0.name, $0.nodes.grouped, $0.isKnown ? "" : "not known"] },
            alignRight: [1]
        )
        return lines
    }
}
