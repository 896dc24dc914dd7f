extension ExportedProgram {
    /// The same computation with everything that depends on neither images nor parameters computed: its results are in
    /// `folded`, by the names of values.
    ///
    /// An array that is made once for every sample of the batch, all of them alike, is computed for one.
    ///
    /// Runs before in-place operators are made functional: masks are often written part by part into views of one array.
    ///
    /// - Throws: where an array is written over between two reads that the graph has
    func folded(file: String) throws(GraphFileError) -> ExportedProgram {
        var folding = ConstantFolding(program: self, file: file)
        return try folding.run()
    }

    /// Names of the values that batch norms read as running means and variances.
    var statistics: Set<String> {
        var found = Set<String>()
        for node in nodes where node.baseName == "aten.batch_norm" {
            for argument in ["running_mean", "running_var"] {
                if case .value(let name)? = node[argument] { found.insert(name) }
            }
        }
        return found
    }
}

/// Elements that several arrays may be views of.
final class ConstantMemory {
    private(set) var elements: [Double]
    /// The array that it was made for.
    var owner: String?
    /// Memories of which nobody here can say whether they are one: PyTorch copies only where strides ask for it.
    private var kin: Kin?
    /// How often it was written over, with `kin` that of all of them at the time when it became one.
    private var writes = 0

    /// How often any of them was written over.
    private final class Kin {
        var writes = 0
    }

    init(_ elements: [Double]) { self.elements = elements }

    /// Whether another memory was written over that may be this one.
    var isDoubtful: Bool { kin.map { $0.writes != writes } ?? false }

    /// * `other`: new, maybe a copy and maybe the same
    func mayBe(_ other: ConstantMemory) {
        if kin == nil {
            kin = Kin()
            kin?.writes = writes
        }
        (other.kin, other.writes) = (kin, writes)
    }

    func write(_ values: some Sequence<Double>, at places: [Int]) {
        for (place, value) in zip(places, values) { elements[place] = value }
        writes += 1
        kin?.writes += 1
    }
}

/// An array while constants are computed: which element of which memory each of its places is.
struct FoldedArray {
    let memory: ConstantMemory
    let places: [Int]
    let shape: [Int]
    let kind: ConstantArray.Kind

    init(memory: ConstantMemory, places: [Int], shape: [Int], kind: ConstantArray.Kind) {
        self.memory = memory
        self.places = places
        self.shape = shape
        self.kind = kind
    }

    init(_ array: ConstantArray) {
        self.init(
            memory: ConstantMemory(array.elements),
            places: Array(array.elements.indices),
            shape: array.shape,
            kind: array.kind
        )
    }

    var array: ConstantArray {
        ConstantArray(shape: shape, elements: places.map { memory.elements[$0] }, kind: kind)
    }

    /// Some of its elements in another order and shape.
    ///
    /// * `chosen`: places in this array
    func view(_ chosen: [Int], _ shape: [Int]) -> FoldedArray {
        FoldedArray(memory: memory, places: chosen.map { places[$0] }, shape: shape, kind: kind)
    }
}

/// Goes through a program's nodes and computes those that can be.
struct ConstantFolding {
    let program: ExportedProgram
    let file: String
    var known: [String: FoldedArray] = [:]
    private var kept: [String: ConstantArray] = [:]
    /// Arrays that the graph writes over, itself or a view of them: they stay as they were made, and who reads them is a node.
    private var written: Set<String> = []
    /// Arrays that views which are nodes lie in, by the views' names.
    private var viewed: [String: String] = [:]
    private var viewedArrays: Set<String> = []
    /// Numbers that may still be made, so that a short file does not fill memory.
    private var room = 0

    private static let roomPerNode = 1 << 14
    private static let attempts = 16

    init(program: ExportedProgram, file: String) {
        self.program = program
        self.file = file
    }

    mutating func run() throws(GraphFileError) -> ExportedProgram {
        for _ in 0..<Self.attempts {
            let before = written.count
            do throws(GraphFileError) {
                let folded = try attempt()
                if written.count == before { return folded }
            } catch {
                // What is refused may be left to the graph now.
                guard written.count > before else { throw error }
            }
        }
        throw GraphFileError(
            file: file,
            subject: written.sorted().first ?? "",
            expected: "constants that stay as they are",
            found: "\(written.count) that are written over, each on account of another"
        )
    }

    /// Computes what can be; whoever is found to be written over by the graph is in `written` from then on.
    private mutating func attempt() throws(GraphFileError) -> ExportedProgram {
        (known, kept, viewed, viewedArrays) = ([:], [:], [:], [])
        room = Self.roomPerNode * program.nodes.count
        let statistics = program.statistics
        for (name, source) in program.sources where !statistics.contains(name) {
            switch source {
            case .buffer(let tensor), .constant(let tensor):
                guard let array = program.constants[tensor] else { continue }
                let expected = program.tensors[name]?.sizes
                guard expected == array.shape.map({ Extent($0) }) else {
                    throw GraphFileError(
                        file: file,
                        subject: tensor,
                        expected: "\(expected ?? []) as the program says",
                        found: "\(array.shape)"
                    )
                }
                learn(name, FoldedArray(array))
            case .parameter, .input: continue
            }
        }
        var left: [ExportedProgram.Node] = []
        // Assertions make nothing.
        for node in program.nodes where node.isInPlace || !node.results.isEmpty {
            let array: String? = node.operands.first
            let owner = array.flatMap { self.owner(of: $0) }
            if node.isInPlace, let owner, viewedArrays.contains(owner) { written.insert(owner) }
            if let made = try fold(node), made.count == node.results.count {
                for (name, array) in zip(node.results, made) { learn(name, array) }
            } else {
                if let owner {
                    if node.isInPlace { written.insert(owner) }
                    if ExportedProgram.views.contains(node.baseName) {
                        viewedArrays.insert(owner)
                        for name in node.results { viewed[name] = owner }
                    }
                }
                for name in node.operands { try keep(name, for: node) }
                left.append(node)
            }
        }
        return program.with(nodes: left, folded: kept)
    }

    private mutating func learn(_ name: String, _ array: FoldedArray) {
        known[name] = array
        array.memory.owner = array.memory.owner ?? name
    }

    /// The array whose memory this one is, or is a view of; nil where it is not known.
    private func owner(of name: String) -> String? {
        known[name]?.memory.owner ?? viewed[name]
    }

    private func checkMemory(_ name: String, for node: ExportedProgram.Node) throws(GraphFileError) {
        guard known[name]?.memory.isDoubtful == true else { return }
        throw GraphFileError(
            file: file,
            subject: node.place,
            expected: "constants of which it is known what they hold",
            found: "\(name), which may share its memory with what was written over"
        )
    }

    /// Keeps what an array holds now, for a node of the graph.
    private mutating func keep(_ name: String, for node: ExportedProgram.Node) throws(GraphFileError) {
        guard let array = known[name]?.array else { return }
        try checkMemory(name, for: node)
        guard kept[name].map({ $0.isSame(as: array) }) ?? true else {
            throw GraphFileError(
                file: file,
                subject: node.place,
                expected: "constants that stay as they are",
                found: "\(name), written over since it was read before"
            )
        }
        kept[name] = array
    }

    /// The results of a node; nil where it depends on images or parameters, or is none that can be computed beforehand.
    private mutating func fold(_ node: ExportedProgram.Node) throws(GraphFileError) -> [FoldedArray]? {
        guard node.baseName.hasPrefix("aten."), !node.results.isEmpty,
            !node.arguments.contains(where: \.value.isBatch)
        else { return nil }
        if !ConstantOperator.isShapeAlone(node) {
            guard node.operands.allSatisfy({ known[$0]?.memory.owner.map { !written.contains($0) } ?? false })
            else { return nil }
            for name in node.operands { try checkMemory(name, for: node) }
        }
        let isFilled = ConstantOperator.isFilled(node)
        let hasBatch =
            !isFilled
            && node.operands.contains {
                program.tensors[$0]?.sizes.contains(where: \.hasBatch) ?? false
            }
        var shapes: [[Int]] = []
        for name in node.results {
            guard let sizes = program.tensors[name]?.sizes,
                sizes.contains(where: \.hasBatch)
                    ? isOnePerSample(sizes) && (hasBatch || isFilled) : !hasBatch
            else { return nil }
            var count = 1
            for size in sizes {
                guard size.factor >= 0 else { return nil }
                let (product, overflow) = count.multipliedReportingOverflow(by: size.factor)
                count = product
                guard !overflow, count <= room else { return nil }
            }
            room -= count
            shapes.append(sizes.map(\.factor))
        }
        let kinds = node.results.map {
            program.tensors[$0].flatMap { ConstantArray.Kind(elementType: $0.elementType) }
        }
        guard let kind = kinds[0], kinds.allSatisfy({ $0 == kind }) else { return nil }
        let operation = ConstantOperator(
            node: node,
            known: known,
            shapes: shapes,
            hasBatch: hasBatch,
            kind: kind,
            keepsType: node.operands.first.flatMap { program.tensors[$0]?.elementType }
                == program.tensors[node.results[0]]?.elementType
        )
        guard let made = operation.results() else { return nil }
        for (array, shape) in zip(made, shapes)
        where array.shape != shape || array.places.count != shape.reduce(1, *) {
            throw GraphFileError(
                file: file,
                subject: node.place,
                expected: "\(shape) as the file says",
                found: "\(array.shape) of \(node.operation)"
            )
        }
        return made
    }

    /// Whether the batch is the first dimension and no other: as that of all arrays is which are computed for one sample, no
    /// view or product mixes samples.
    private func isOnePerSample(_ sizes: [Extent]) -> Bool {
        sizes.first == Extent(1, hasBatch: true) && !sizes.dropFirst().contains(where: \.hasBatch)
    }
}
