/// A value that a pickle describes: inert, whatever Python would make of it.
///
/// Whatever holds others lies in the pickle's list of nodes and is named by its place there, so that values may nest
/// and refer to each other in any way without any code that calls itself.
enum PickleValue: Sendable, Equatable {
    case none
    case boolean(Bool)
    case integer(Int)
    case real(Double)
    case node(Int)
}

/// A value that does not fit into a word, or that others share.
enum PickleNode: Sendable {
    case text(String)
    /// Bytes, or an integer beyond 64 bits: nothing here needs to know which.
    case opaque(String)
    case list([PickleValue])
    case tuple([PickleValue])
    case dictionary([(key: PickleValue, value: PickleValue)])
    /// A name of Python's that is on the list of those allowed.
    case global(PickleGlobal)
    /// What Python would call, and with what: it is kept, not called.
    case call(PickleGlobal, [PickleValue])
    /// What stands for something outside the pickle: a tensor's storage.
    case persistent(PickleValue)

    /// For messages.
    var kind: String {
        switch self {
        case .text: "a text"
        case .opaque(let kind): kind
        case .list: "a list"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .global(let global), .call(let global, _): global.description
        case .persistent: "a storage"
        }
    }
}

/// A whole pickle, decoded.
struct Pickle: Sendable {
    let root: PickleValue
    let nodes: [PickleNode]

    func node(_ value: PickleValue) -> PickleNode? {
        guard case .node(let index) = value else { return nil }
        return nodes[index]
    }

    func text(_ value: PickleValue) -> String? {
        guard case .text(let text) = node(value) else { return nil }
        return text
    }

    /// As many dimensions as PyTorch's tensors may have.
    private static let mostSizes = 64

    /// The whole numbers of a tuple or list, none of them negative; nil for more than a tensor can have.
    ///
    /// Many tensors may share one tuple: without a limit, copies of a long one would take far more than the file.
    func sizes(_ value: PickleValue) -> [Int]? {
        let items: [PickleValue]
        switch node(value) {
        case .tuple(let values), .list(let values): items = values
        // torch.Size, which is a tuple.
        case .call(let global, let arguments) where global.role == .size && arguments.count == 1:
            guard case .tuple(let values) = node(arguments[0]) else { return nil }
            items = values
        default: return nil
        }
        guard items.count <= Self.mostSizes else { return nil }
        let sizes = items.compactMap { item -> Int? in
            guard case .integer(let size) = item, size >= 0 else { return nil }
            return size
        }
        return sizes.count == items.count ? sizes : nil
    }

    func kind(_ value: PickleValue) -> String {
        switch value {
        case .none: "None"
        case .boolean(let value): value ? "True" : "False"
        case .integer: "a whole number"
        case .real: "a number"
        case .node(let index): nodes[index].kind
        }
    }
}
