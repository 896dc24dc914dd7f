/// Decodes a pickle into inert values: nothing it names is looked up, imported or called.
///
/// Understands what protocols 2 to 5 write; the opcodes' names are those of Python's `pickletools`.
/// Source: https://github.com/python/cpython/blob/3.13/Lib/pickletools.py.
struct Unpickler {
    /// Values may nest this deep; the deepest training checkpoints come to a dozen.
    static let deepestNesting = 200
    /// A state dict takes about 150 bytes for each tensor.
    static let longestPickle = 16 << 20
    /// A state dict takes about a dozen values for each tensor.
    static let mostValues = 2_000_000

    let bytes: UnsafeRawBufferPointer
    let path: String
    var position = 0
    var stack: [PickleValue] = []
    /// Heights of the stack at which marks were set.
    var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var nodes: [PickleNode] = []
    /// How deep the values in each node nest, as far as they were there when it took them in.
    private var depths: [UInt8] = []
    /// Values that were copied from one node to another: each at most once in what Python writes.
    private var copies = 0

    private init(_ bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Decodes a whole pickle; `path` is for messages.
    ///
    /// - Throws: `CheckpointError` for whatever is not sound, not on the list of names, or nests too deep.
    static func decode(_ bytes: UnsafeRawBufferPointer, path: String) throws(CheckpointError) -> Pickle {
        var unpickler = Unpickler(bytes, path: path)
        guard bytes.count <= longestPickle else {
            throw unpickler.failure("a pickle of at most \(longestPickle) bytes", "\(bytes.count)")
        }
        let root = try unpickler.run()
        return Pickle(root: root, nodes: unpickler.nodes)
    }

    private mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") { return try pop() }
            try perform(opcode)
            // An opcode of one byte makes a value of a hundred.
            guard nodes.count <= Self.mostValues, stack.count <= Self.mostValues else {
                throw failure("at most \(Self.mostValues) values", "more")
            }
        }
    }

    mutating func remember(_ index: Int) throws(CheckpointError) {
        memo[index] = try top()
    }

    /// Under the next free number.
    mutating func remember() throws(CheckpointError) { try remember(memo.count) }

    mutating func recall(_ index: Int) throws(CheckpointError) {
        guard let value = memo[index] else {
            throw failure("a value remembered as \(index)", "none")
        }
        stack.append(value)
    }

    /// Puts a new node on the stack.
    mutating func push(_ node: PickleNode, holding values: some Sequence<PickleValue> = [])
        throws(CheckpointError)
    {
        nodes.append(node)
        depths.append(1)
        try deepen(nodes.count - 1, by: values)
        stack.append(.node(nodes.count - 1))
    }

    /// Lets a list take in more values.
    mutating func extend(_ index: Int, by values: [PickleValue]) throws(CheckpointError) {
        if case .list(var items) = nodes[index] {
            // Taken out while it grows, or the whole list would be copied.
            nodes[index] = .opaque("")
            items += values
            nodes[index] = .list(items)
            try deepen(index, by: values)
        } else {
            try checkIsObject(index, "a list to append to")
        }
    }

    /// Lets a dictionary take in keys and values by turns.
    mutating func setItems(_ index: Int, _ values: [PickleValue]) throws(CheckpointError) {
        guard values.count.isMultiple(of: 2) else { throw failure("a value for each key", "a key without") }
        if case .dictionary(var items) = nodes[index] {
            nodes[index] = .opaque("")
            for place in stride(from: 0, to: values.count, by: 2) {
                items.append((values[place], values[place + 1]))
            }
            nodes[index] = .dictionary(items)
            try deepen(index, by: values)
        } else {
            try checkIsObject(index, "a dictionary to put items into")
        }
    }

    /// An object of a class of its own may be a list or a dictionary too; what is in it does not matter.
    private func checkIsObject(_ index: Int, _ expected: String) throws(CheckpointError) {
        guard case .call = nodes[index] else { throw failure(expected, nodes[index].kind) }
    }

    /// Counts values that are about to be copied from a node that stays.
    mutating func countCopies(_ count: Int) throws(CheckpointError) {
        copies += count
        guard copies <= bytes.count else {
            throw failure("at most \(bytes.count) values in all", "more")
        }
    }

    private mutating func deepen(_ index: Int, by values: some Sequence<PickleValue>) throws(CheckpointError)
    {
        var depth = depths[index]
        for case .node(let inner) in values {
            guard depths[inner] < Self.deepestNesting else {
                throw failure("values that nest at most \(Self.deepestNesting) deep", "deeper ones")
            }
            depth = max(depth, depths[inner] + 1)
        }
        depths[index] = depth
    }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < bytes.count else { throw failure("more of the pickle", "its end") }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next bytes; `count` may be whatever the pickle claims.
    mutating func take(_ count: Int) throws(CheckpointError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else {
            throw failure("\(count) bytes more", "\(bytes.count - position)")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func pop() throws(CheckpointError) -> PickleValue {
        _ = try top()
        return stack.removeLast()
    }

    /// The value on top of the stack, which no mark lies above.
    func top() throws(CheckpointError) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else {
            throw failure("a value on the stack", "none")
        }
        return value
    }

    /// The node on top of the stack.
    func topNode() throws(CheckpointError) -> Int {
        guard case .node(let index) = try top() else { throw failure("an object", "a number or None") }
        return index
    }

    mutating func setMark() throws(CheckpointError) {
        guard marks.count < Self.deepestNesting else {
            throw failure("values that nest at most \(Self.deepestNesting) deep", "deeper ones")
        }
        marks.append(stack.count)
    }

    /// Takes off the stack what lies above the last mark.
    mutating func popMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw failure("a mark on the stack", "none") }
        // A slice would share the stack's memory and make the next line copy all of it.
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    func failure(_ expected: String, _ found: String) -> CheckpointError {
        CheckpointError(path, expected: "\(expected) at byte \(position) of the pickle", found: found)
    }
}
