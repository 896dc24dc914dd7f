extension Unpickler {
    mutating func perform(_ opcode: UInt8) throws(CheckpointError) {
        switch Character(Unicode.Scalar(opcode)) {
        case "\u{80}":
            let version = try byte()
            guard version <= 5 else { throw failure("a pickle of protocol 0 to 5", "\(version)") }
        // A frame's length tells nothing that its opcodes don't.
        case "\u{95}": _ = try take(8)
        case "(": try setMark()
        case "0": try discard()
        case "1": _ = try popMark()
        case "2": stack.append(try top())
        case "N": stack.append(.none)
        case "\u{88}": stack.append(.boolean(true))
        case "\u{89}": stack.append(.boolean(false))
        case "J": stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case "K": stack.append(.integer(try number(1)))
        case "M": stack.append(.integer(try number(2)))
        case "\u{8A}": try long(try number(1))
        case "\u{8B}": try long(try number(4))
        case "G":
            let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            stack.append(.real(Double(bitPattern: bits)))
        case "X": try text(try number(4))
        case "\u{8C}": try text(try number(1))
        case "\u{8D}": try text(try number(8))
        // Python 2's strings.
        case "T": try text(try number(4))
        case "U": try text(try number(1))
        case "B": try opaque("bytes", try number(4))
        case "C": try opaque("bytes", try number(1))
        case "\u{8E}", "\u{96}": try opaque("bytes", try number(8))
        default: try performMore(opcode)
        }
    }

    private mutating func performMore(_ opcode: UInt8) throws(CheckpointError) {
        switch Character(Unicode.Scalar(opcode)) {
        case ")": try push(.tuple([]))
        case "\u{85}": try tuple(1)
        case "\u{86}": try tuple(2)
        case "\u{87}": try tuple(3)
        case "t":
            let values = try popMark()
            try push(.tuple(values), holding: values)
        // Sets are told from lists by nothing here.
        case "]", "\u{8F}": try push(.list([]))
        case "l", "\u{91}":
            let values = try popMark()
            try push(.list(values), holding: values)
        case "a":
            let value = try pop()
            try extend(try topNode(), by: [value])
        case "e", "\u{90}":
            let values = try popMark()
            try extend(try topNode(), by: values)
        case "}": try push(.dictionary([]))
        case "d":
            let values = try popMark()
            try push(.dictionary([]))
            try setItems(try topNode(), values)
        case "s":
            let value = try pop()
            let key = try pop()
            try setItems(try topNode(), [key, value])
        case "u":
            let values = try popMark()
            try setItems(try topNode(), values)
        case "q": try remember(try number(1))
        case "r": try remember(try number(4))
        case "\u{94}": try remember()
        case "h": try recall(try number(1))
        case "j": try recall(try number(4))
        default: try performCall(opcode)
        }
    }

    private mutating func performCall(_ opcode: UInt8) throws(CheckpointError) {
        switch Character(Unicode.Scalar(opcode)) {
        case "c": try global(try line(), try line())
        case "\u{93}":
            let name = try pop()
            let module = try pop()
            guard case .node(let nameNode) = name, case .text(let nameText) = nodes[nameNode],
                case .node(let moduleNode) = module, case .text(let moduleText) = nodes[moduleNode]
            else { throw failure("the name of a Python object", "something else") }
            try global(moduleText, nameText)
        case "R", "\u{81}":
            let arguments = try pop()
            try call(try pop(), arguments)
        case "\u{92}":
            // Arguments by name: none of what is on the list has any that matter.
            _ = try pop()
            let arguments = try pop()
            try call(try pop(), arguments)
        // An object's state: attributes beside what it holds.
        case "b":
            _ = try pop()
            _ = try topNode()
        case "Q":
            let value = try pop()
            try push(.persistent(value), holding: [value])
        default:
            throw failure("an instruction of pickle protocols 2 to 5", "byte \(opcode)")
        }
    }

    /// A little-endian number without sign.
    private mutating func number(_ size: Int) throws(CheckpointError) -> Int {
        let value = try take(size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else { throw failure("a length below 2⁶³", "\(value)") }
        return number
    }

    /// A little-endian number of `size` bytes in two's complement.
    private mutating func long(_ size: Int) throws(CheckpointError) {
        let digits = try take(size)
        guard size <= 8 else {
            return try push(.opaque("a number beyond 64 bits"))
        }
        let value = digits.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let unused = 64 - 8 * size
        stack.append(.integer(size == 0 ? 0 : Int(truncatingIfNeeded: value << unused) >> unused))
    }

    private mutating func text(_ size: Int) throws(CheckpointError) {
        guard let text = String(validating: try take(size), as: UTF8.self) else {
            return try push(.opaque("a text that is not UTF-8"))
        }
        try push(.text(text))
    }

    private mutating func opaque(_ kind: String, _ size: Int) throws(CheckpointError) {
        _ = try take(size)
        try push(.opaque(kind))
    }

    private mutating func tuple(_ count: Int) throws(CheckpointError) {
        guard stack.count - (marks.last ?? 0) >= count else {
            throw failure("\(count) values on the stack", "fewer")
        }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        try push(.tuple(values), holding: values)
    }

    /// Drops the value on top, or a mark that lies there.
    private mutating func discard() throws(CheckpointError) {
        if marks.last == stack.count, !marks.isEmpty { marks.removeLast() } else { _ = try pop() }
    }

    /// A text up to the end of its line.
    private mutating func line() throws(CheckpointError) -> String {
        let rest = bytes[position...]
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            throw failure("the end of a line", "the pickle's")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func global(_ module: String, _ name: String) throws(CheckpointError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw CheckpointError(
                path,
                expected: "tensors and plain values",
                found: PickleGlobal.notRun("\(module).\(name)")
            )
        }
        try push(.global(global))
    }

    private mutating func call(_ callable: PickleValue, _ arguments: PickleValue) throws(CheckpointError) {
        guard case .node(let index) = callable, case .global(let global) = nodes[index] else {
            throw failure("the name of what is to be called", "something else")
        }
        guard case .node(let list) = arguments, case .tuple(let values) = nodes[list] else {
            throw failure("the arguments of \(global.description)", "something else")
        }
        guard global.role == .dictionary else {
            return try push(.call(global, values), holding: [arguments])
        }
        try push(.dictionary([]))
        // Pairs to begin with, where there are any; a default is of no interest.
        guard case .node(let first)? = values.first, case .list(let pairs) = nodes[first] else { return }
        try countCopies(pairs.count)
        var items: [PickleValue] = []
        for pair in pairs {
            guard case .node(let place) = pair else { throw failure("a key and a value", "something else") }
            switch nodes[place] {
            case .tuple(let both) where both.count == 2: items += both
            case .list(let both) where both.count == 2: items += both
            default: throw failure("a key and a value", nodes[place].kind)
            }
        }
        try setItems(try topNode(), items)
    }
}
