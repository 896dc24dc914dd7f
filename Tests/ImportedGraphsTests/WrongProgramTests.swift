import Foundation
import Testing

@testable import ImportedGraphs

/// Programs that are broken, or hold what this program does not know: one line each, that names the node.
@Suite struct WrongProgramTests {
    /// The text of the JSON of a program of one image, two parameters and these nodes.
    private func json(
        nodes: [String],
        major: Int = 8,
        output: String = "y",
        sizes: [String: String] = [:]
    ) -> String {
        let shapes = ["x": "[B, 4]", "w": "[3, 4]", "y": "[B, 3]", "z": "[B, 4]", "v": "[B, 2, 2]"].merging(
            sizes
        ) { $1 }
        func extents(_ text: String) -> String {
            text.replacingOccurrences(of: "B", with: "{\"as_expr\": {\"expr_str\": \"Symbol('s0')\"}}")
                .replacingOccurrences(
                    of: #"([0-9]+)(?=[,\]])"#,
                    with: "{\"as_int\": $1}",
                    options: .regularExpression
                )
        }
        let tensors = shapes.sorted { $0.key < $1.key }.map {
            "\"\($0)\": {\"dtype\": 7, \"sizes\": \(extents($1))}"
        }
        return """
            {"schema_version": {"major": \(major), "minor": 0}, "torch_version": "2.13.0", "graph_module": {"graph": {
            "inputs": [], "outputs": [], "nodes": [\(nodes.joined(separator: ", "))],
            "tensor_values": {\(tensors.joined(separator: ", "))}, "sym_int_values": {}},
            "signature": {"input_specs": [{"parameter": {"arg": {"name": "w"}, "parameter_name": "head.weight"}},
            {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
            "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "\(output)"}}}}]}}}
            """
    }

    private func node(_ target: String, _ arguments: [(String, String)], _ result: String) -> String {
        let inputs = arguments.map { "{\"name\": \"\($0)\", \"arg\": \($1), \"kind\": 1}" }
        return """
            {"target": "torch.ops.\(target)", "inputs": [\(inputs.joined(separator: ", "))],
            "outputs": [{"as_tensor": {"name": "\(result)"}}],
            "metadata": {"nn_module_stack": "a,,Net;b,head.\(result),Layer"}}
            """
    }

    private func tensor(_ name: String) -> String { "{\"as_tensor\": {\"name\": \"\(name)\"}}" }

    private var linear: String {
        node("aten.linear.default", [("input", tensor("x")), ("weight", tensor("w"))], "y")
    }

    private func expect(_ json: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sourceLocation: sourceLocation) {
            _ = try ExportedProgram(json: Array(json.utf8), file: "a.pt2").graph(file: "a.pt2")
        } throws: { error in
            error is GraphFileError && "\(error)" == text
        }
    }

    @Test func aSoundProgramIsRead() throws {
        let program = try ExportedProgram(json: Array(json(nodes: [linear]).utf8), file: "a.pt2")
        let graph = try program.graph(file: "a.pt2")
        #expect(graph.classes == 3 && graph.layout.parameters.map(\.name) == ["head.weight"])
        #expect(program.torchVersion == "2.13.0" && program.nodes[0].module?.path == "head.y")
    }

    @Test func otherSchemasAreRefused() {
        expect(
            json(nodes: [linear], major: 9),
            "a.pt2: schema: expected version 8, of PyTorch 2.5 and later, found 9.0, of PyTorch 2.13.0"
        )
        #expect(throws: GraphFileError.self) { try ExportedProgram(json: Array("[]".utf8), file: "a") }
        #expect(throws: GraphFileError.self) {
            try ExportedProgram(json: Array(String(repeating: "[", count: 100_000).utf8), file: "a")
        }
    }

    @Test func unknownOperatorsAreNamedWithTheirModule() {
        expect(
            json(nodes: [node("aten.erfinv.default", [("self", tensor("x"))], "y")]),
            "a.pt2: y in head.y: expected an operator that this program has, found aten.erfinv.default of PyTorch 2.13.0"
        )
        expect(
            json(nodes: [node("higher_order.cond", [("self", tensor("x"))], "y")]),
            "a.pt2: y in head.y: expected an operator that this program has, found higher_order.cond of PyTorch 2.13.0"
        )
    }

    @Test func valuesAreMadeOnceBeforeTheyAreRead() {
        expect(
            json(nodes: [node("aten.linear.default", [("input", tensor("q")), ("weight", tensor("w"))], "y")]
            ),
            "a.pt2: aten.linear.default: expected values made before it, found q"
        )
        expect(
            json(nodes: [linear, linear]),
            "a.pt2: aten.linear.default: expected a result of its own, found y, made before"
        )
        expect(
            json(nodes: [linear], output: "q"),
            "a.pt2: output: expected a value that a node makes, found q"
        )
    }

    @Test func shapesThatLieAreFound() {
        expect(
            json(nodes: [linear], sizes: ["y": "[B, 5]"]),
            "a.pt2: y: expected [1, 5] as the file says, found [1, 3] of aten.linear.default"
        )
        expect(
            json(nodes: [linear], sizes: ["w": "[3, 5]"]),
            "a.pt2: y in head.y: expected aten.linear.default to fit, found input [1, 4] does not fit weight [3, 5]"
        )
        expect(
            json(nodes: [linear], sizes: ["w": "[3000000000, 4000000000]"]),
            "a.pt2: w: expected a tensor that fits memory, found [3000000000, 4000000000]"
        )
        expect(
            json(nodes: [linear], sizes: ["x": "[B, B]"]),
            "a.pt2: x: expected sizes from 1 up, one of them the batch, found [B, B]"
        )
    }

    /// As torch.export.export makes it where nothing is said of the batch.
    @Test func aFixedBatchIsRefused() {
        expect(
            json(nodes: [linear], sizes: ["x": "[2, 4]", "y": "[2, 3]"]),
            "a.pt2: x: expected a batch of any size (torch.export.export's dynamic_shapes), found [2, 4]"
        )
        expect(
            json(nodes: [linear], sizes: ["w": "[B, 4]"]),
            "a.pt2: w: expected a tensor of fixed size, found [B, 4]"
        )
    }

    /// An array for every sample is computed for one of them, so nothing may tell how many there are, or go from one to another.
    @Test(arguments: [("1", true), ("0", false)]) func samplesAreNotAddedUp(
        dimension: String,
        isFolded: Bool
    ) throws {
        let ones = node("aten.ones.default", [("size", "{\"as_ints\": [1, 4]}")], "o")
        let sums = node(
            "aten.cumsum.default",
            [("self", tensor("o")), ("dim", "{\"as_int\": \(dimension)}")],
            "s"
        )
        let sum = node("aten.add.Tensor", [("self", tensor("x")), ("other", tensor("s"))], "z")
        let layer = node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
        let json = json(nodes: [ones, sums, sum, layer], sizes: ["o": "[B, 4]", "s": "[B, 4]"])
        let program = try ExportedProgram(json: Array(json.utf8), file: "a.pt2")
        guard isFolded else {
            expect(
                json,
                "a.pt2: s in head.s: expected an operator that this program has, found aten.cumsum.default of PyTorch 2.13.0"
            )
            return
        }
        let folded = try program.folded(file: "a.pt2").folded["s"]
        #expect(folded?.shape == [1, 4] && folded?.elements == [1, 2, 3, 4])
    }

    /// Attention that goes from sample to sample, whose scores no tensor of the file shows.
    @Test func attentionOverTheBatchIsRefused() throws {
        let attention = node(
            "aten.scaled_dot_product_attention.default",
            [("query", tensor("x")), ("key", tensor("x")), ("value", tensor("x"))],
            "y"
        )
        expect(
            json(nodes: [attention], sizes: ["x": "[1, 1, B, 4]", "y": "[1, 1, B, 4]"]),
            "a.pt2: y in head.y: expected samples that have nothing to do with each other, found "
                + "aten.scaled_dot_product_attention.default over a key of [1, 1, B, 4]"
        )
    }

    /// A mask of keys that come later, of more places than there is memory.
    @Test func masksThatFillMemoryAreRefused() throws {
        let attention = node(
            "aten.scaled_dot_product_attention.default",
            [
                ("query", tensor("x")), ("key", tensor("x")), ("value", tensor("x")),
                ("is_causal", "{\"as_bool\": true}"),
            ],
            "y"
        )
        let sizes = "[B, 1, 4294967296, 1]"
        expect(
            json(nodes: [attention], sizes: ["x": sizes, "y": sizes]),
            "a.pt2: y in head.y: expected tables of moderate size, found \(Int.max) places"
        )
    }

    /// What is written through a view that nobody here knows is not lost: the view is refused.
    @Test func writingThroughAnUnknownViewIsRefused() throws {
        let zeros = node("aten.zeros.default", [("size", "{\"as_ints\": [4, 4]}")], "t")
        let diagonal = node("aten.diagonal.default", [("self", tensor("t"))], "d")
        let sum = node("aten.sum.dim_IntList", [("self", tensor("w")), ("dim", "{\"as_ints\": [0]}")], "s")
        let copy = node("aten.copy_.default", [("self", tensor("d")), ("src", tensor("s"))], "c")
        let product = node("aten.matmul.default", [("self", tensor("x")), ("other", tensor("t"))], "z")
        let layer = node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
        let sizes = ["t": "[4, 4]", "d": "[4]", "s": "[4]", "c": "[4]"]
        let json = json(nodes: [zeros, diagonal, sum, copy, product, layer], sizes: sizes)
        expect(
            json,
            "a.pt2: c in head.c: expected nobody to read t after d, which shares its memory, is written over, found z in "
                + "head.z reading it"
        )
    }

    /// Where PyTorch copies only if strides ask for it, nobody reads the one when the other was written over.
    @Test(arguments: [
        ("aten.reshape.default", [("shape", "{\"as_ints\": [16]}")], "[16]"),
        ("aten.contiguous.default", [], "[4, 4]"),
    ])
    func writingOverWhatMayBeACopyIsRefused(
        operation: String,
        arguments: [(String, String)],
        size: String
    ) throws {
        let zeros = node("aten.zeros.default", [("size", "{\"as_ints\": [4, 4]}")], "t")
        let copy = node(operation, [("self", tensor("t"))] + arguments, "c")
        let written = node(
            "aten.fill_.Scalar",
            [("self", tensor("c")), ("value", "{\"as_float\": 2.0}")],
            "d"
        )
        let product = node("aten.matmul.default", [("self", tensor("x")), ("other", tensor("t"))], "z")
        let layer = node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
        let sizes = ["t": "[4, 4]", "c": size, "d": size]
        expect(
            json(nodes: [zeros, copy, written, product, layer], sizes: sizes),
            "a.pt2: z in head.z: expected constants of which it is known what they hold, found t, which may share its memory "
                + "with what was written over"
        )
    }

    /// Sizes below zero make no array.
    @Test func sizesBelowZeroAreRefused() throws {
        let zeros = node("aten.zeros.default", [("size", "{\"as_ints\": [4]}")], "t")
        let sum = node("aten.add.Tensor", [("self", tensor("x")), ("other", tensor("t"))], "z")
        let layer = node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
        let json = json(nodes: [zeros, sum, layer], sizes: ["t": "[4]"])
            .replacingOccurrences(
                of: "\"sizes\": [{\"as_int\": 4}]",
                with: "\"sizes\": [{\"as_int\": -4}]"
            )
        #expect(json.contains("-4"))
        expect(
            json,
            "a.pt2: t in head.t: expected an operator that this program has, found aten.zeros.default of PyTorch 2.13.0"
        )
    }

    /// Attention that is written out is one node; with dropout that is at work it is refused as any other is.
    @Test func dropoutAtWorkIsRefused() throws {
        func program(train: Bool) throws -> ExportedProgram {
            let turned = node(
                "aten.transpose.int",
                [("self", tensor("x")), ("dim0", "{\"as_int\": -2}"), ("dim1", "{\"as_int\": -1}")],
                "t"
            )
            let nodes = [
                turned, node("aten.matmul.default", [("self", tensor("x")), ("other", tensor("t"))], "s"),
                node("aten.softmax.int", [("self", tensor("s")), ("dim", "{\"as_int\": -1}")], "p"),
                node(
                    "aten.dropout.default",
                    [
                        ("input", tensor("p")), ("p", "{\"as_float\": 0.1}"),
                        ("train", "{\"as_bool\": \(train)}"),
                    ],
                    "d"
                ),
                node("aten.matmul.default", [("self", tensor("d")), ("other", tensor("x"))], "m"),
                node("aten.view.default", [("self", tensor("m")), ("size", "{\"as_ints\": [-1, 4]}")], "z"),
                node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y"),
            ]
            let matrices = ["x", "t", "s", "p", "d", "m"].map { ($0, "[B, 1, 2, 2]") }
            let json = json(nodes: nodes, sizes: Dictionary(uniqueKeysWithValues: matrices))
            return try ExportedProgram(json: Array(json.utf8), file: "a.pt2")
        }
        let nodes = try program(train: false).functional(file: "a.pt2").fusingAttention().nodes
        #expect(nodes.map(\.baseName) == ["aten.scaled_dot_product_attention", "aten.view", "aten.linear"])
        _ = try program(train: false).graph(file: "a.pt2")
        #expect {
            _ = try program(train: true).graph(file: "a.pt2")
        } throws: {
            "\($0)".hasPrefix("a.pt2: d in head.d: expected")
        }
    }

    /// Writing over a value of which a view is read later would change the view.
    @Test func writingOverAViewThatIsReadLaterIsRefused() {
        let view = node("aten.view.default", [("self", tensor("x"))], "v")
        let written = node(
            "aten.mul_.Tensor",
            [("self", tensor("x")), ("other", "{\"as_float\": 2.0}")],
            "z"
        )
        let read = node("aten.gelu.default", [("self", tensor("v"))], "late")
        expect(
            json(nodes: [view, written, read, linear], sizes: ["late": "[B, 2, 2]"]),
            "a.pt2: z in head.z: expected nobody to read v after x, which shares its memory, is written over, found late in "
                + "head.late reading it"
        )
    }

    /// Who reads a value after it was written over reads what was written.
    @Test func whatIsWrittenOverIsReadByAllWhoComeLater() throws {
        let written = node(
            "aten.mul_.Tensor",
            [("self", tensor("x")), ("other", "{\"as_float\": 2.0}")],
            "z"
        )
        let program = try ExportedProgram(json: Array(json(nodes: [written, linear]).utf8), file: "a.pt2")
        let functional = try program.functional(file: "a.pt2")
        #expect(functional.nodes.map(\.operation) == ["aten.mul.Tensor", "aten.linear.default"])
        #expect(functional.nodes[1]["input"] == .value("z"))
    }

    /// Who reads the whole of which a slice was written over reads the other slices joined with what was written.
    @Test func aSliceThatIsWrittenOverChangesTheWhole() throws {
        let slice = node(
            "aten.slice.Tensor",
            [
                ("self", tensor("x")), ("dim", "{\"as_int\": 1}"), ("start", "{\"as_int\": 1}"),
                ("end", "{\"as_int\": 3}"),
            ],
            "v"
        )
        let written = node("aten.gelu_.default", [("self", tensor("v"))], "z")
        let text = json(nodes: [slice, written, linear], sizes: ["v": "[B, 2]", "z": "[B, 2]"])
        let program = try ExportedProgram(json: Array(text.utf8), file: "a.pt2")
        let functional = try program.functional(file: "a.pt2")
        #expect(
            functional.nodes.map(\.operation) == [
                "aten.slice.Tensor", "aten.gelu.default", "aten.slice.Tensor", "aten.slice.Tensor",
                "aten.cat.default", "aten.linear.default",
            ]
        )
        #expect(functional.nodes[4]["tensors"] == .values(["z.before", "z", "z.after"]))
        #expect(functional.nodes[5]["input"] == .value("z.whole"))
    }

    /// The second time, too; and whoever reads the slice after the whole was written over would read what it was.
    @Test func aSliceIsWrittenOverTwice() throws {
        let slice = node(
            "aten.slice.Tensor",
            [
                ("self", tensor("x")), ("dim", "{\"as_int\": 1}"), ("start", "{\"as_int\": 1}"),
                ("end", "{\"as_int\": 3}"),
            ],
            "v"
        )
        let (first, second) = (
            node("aten.gelu_.default", [("self", tensor("v"))], "z"),
            node("aten.relu_.default", [("self", tensor("v"))], "r")
        )
        let sizes = ["v": "[B, 2]", "z": "[B, 2]", "r": "[B, 2]", "m": "[B, 4]"]
        let text = json(nodes: [slice, first, second, linear], sizes: sizes)
        let functional = try ExportedProgram(json: Array(text.utf8), file: "a.pt2").functional(file: "a.pt2")
        let joins = functional.nodes.filter { $0.baseName == "aten.cat" }
        #expect(joins.last?["tensors"] == .values(["r.before", "r", "r.after"]))
        #expect(functional.nodes.last?["input"] == .value("r.whole"))
        #expect(functional.nodes.first { $0.baseName == "aten.relu" }?["self"] == .value("z"))
        let whole = node("aten.relu_.default", [("self", tensor("x"))], "m")
        let late = node("aten.gelu.default", [("self", tensor("v"))], "r")
        expect(
            json(nodes: [slice, first, whole, late, linear], sizes: sizes),
            "a.pt2: m in head.m: expected nobody to read z after z.whole, which shares its memory, is written over, found r "
                + "in head.r reading it"
        )
    }

    @Test func argumentsThatWouldChangeTheResultAreRefused() {
        let fast = node(
            "aten.gelu.default",
            [("self", tensor("x")), ("approximate", "{\"as_string\": \"fast\"}")],
            "z"
        )
        let last = node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
        expect(
            json(nodes: [fast, last]),
            "a.pt2: z in head.z: expected aten.gelu.default with approximate as it is where nothing is said, found fast"
        )
        let dropout = node(
            "aten.dropout.default",
            [("input", tensor("x")), ("train", "{\"as_bool\": true}")],
            "z"
        )
        expect(
            json(nodes: [dropout, last]),
            "a.pt2: z in head.z: expected aten.dropout.default with train as it is where nothing is said, found true"
        )
    }

    private var last: String {
        node("aten.linear.default", [("input", tensor("z")), ("weight", tensor("w"))], "y")
    }

    private func integers(_ numbers: Int...) -> String { "{\"as_ints\": \(numbers)}" }

    /// A region without gradients is a graph of its own, whose names mean something else there.
    @Test func regionsAreReadInPlace() throws {
        let inner = """
            {"inputs": [{"as_tensor": {"name": "x"}}], "outputs": [{"as_tensor": {"name": "w"}}],
            "nodes": [\(node("aten.gelu.default", [("self", tensor("x"))], "w"))],
            "tensor_values": {"x": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "Symbol('s0')"}}, {"as_int": 4}]},
            "w": {"dtype": 7, "sizes": [{"as_expr": {"expr_str": "Symbol('s0')"}}, {"as_int": 4}]}}, "sym_int_values": {}}
            """
        let region = node(
            "higher_order.wrap_with_set_grad_enabled",
            [
                ("", "{\"as_bool\": false}"),
                ("", "{\"as_graph\": {\"name\": \"inner\", \"graph\": \(inner)}}"), ("", tensor("x")),
            ],
            "z"
        )
        let program = try ExportedProgram(json: Array(json(nodes: [region, last]).utf8), file: "a.pt2")
        let nodes = program.nodes
        #expect(
            nodes.map(\.operation) == [
                "aten.alias.default", "aten.gelu.default", "aten.alias.default", "aten.linear.default",
            ]
        )
        #expect(nodes[0]["self"] == .value("x") && nodes[1]["self"] == .value(nodes[0].results[0]))
        #expect(nodes[2]["self"] == .value(nodes[1].results[0]) && nodes[2].results == ["z"])
        #expect(try program.graph(file: "a.pt2").classes == 3)
    }

    @Test func samplesStayApart() {
        let sum = node("aten.sum.dim_IntList", [("self", tensor("x")), ("dim", integers(0))], "z")
        expect(
            json(nodes: [sum, last], sizes: ["z": "[4]"]),
            "a.pt2: z in head.z: expected samples that have nothing to do with each other, found aten.sum.dim_IntList along "
                + "dimension 0, the batch"
        )
    }

    /// Numbers of moderate size in a file that is short become no tables that fill memory.
    @Test func tablesThatFillMemoryAreRefused() {
        let padded = node("aten.pad.default", [("self", tensor("x")), ("pad", integers(0, 1_000_000))], "z")
        expect(
            json(nodes: [padded, last], sizes: ["z": "[B, 1000004]"]),
            "a.pt2: z in head.z: expected tables of moderate size, found 1000004 places"
        )
        let rolled = node(
            "aten.roll.default",
            [("self", tensor("x")), ("shifts", integers(.min)), ("dims", integers(1))],
            "z"
        )
        #expect(throws: Never.self) {
            _ = try ExportedProgram(json: Array(json(nodes: [rolled, last]).utf8), file: "a").graph(file: "a")
        }
    }

    @Test func constantsWithoutNumbersAreRefused() {
        let text = json(
            nodes: [node("aten.add.Tensor", [("self", tensor("x")), ("other", tensor("c"))], "z"), last],
            sizes: ["c": "[4]"]
        )
        .replacingOccurrences(
            of: "{\"user_input\"",
            with:
                "{\"tensor_constant\": {\"arg\": {\"name\": \"c\"}, \"tensor_constant_name\": \"table\"}}, {\"user_input\""
        )
        expect(
            text,
            "a.pt2: table: expected its numbers in the file, as torch.export.save writes them, found none"
        )
    }

    /// What is computed from numbers alone is no part of the graph.
    @Test func constantsAreFolded() throws {
        let range = node("aten.arange.default", [("end", "{\"as_int\": 4}")], "c")
        let scaled = node("aten.mul.Tensor", [("self", tensor("c")), ("other", "{\"as_float\": 0.5}")], "d")
        let added = node("aten.add.Tensor", [("self", tensor("x")), ("other", tensor("d"))], "z")
        let program = try ExportedProgram(
            json: Array(json(nodes: [range, scaled, added, last], sizes: ["c": "[4]", "d": "[4]"]).utf8),
            file: "a.pt2"
        )
        let folded = try program.folded(file: "a.pt2")
        #expect(folded.nodes.map(\.results) == [["z"], ["y"]])
        #expect(folded.folded["d"]?.elements == [0, 0.5, 1, 1.5])
    }

    @Test func filesThatAreNoneAreRefused() throws {
        let folder = try #require(Bundle.module.resourcePath) + "/Fixtures"
        #expect(throws: (any Error).self) { try ExportedProgram("\(folder)/vit.safetensors") }
        #expect(throws: (any Error).self) { try ExportedProgram("\(folder)/none.pt2") }
    }
}
