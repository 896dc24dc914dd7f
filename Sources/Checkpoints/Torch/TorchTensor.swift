/// A tensor as a PyTorch pickle describes it, not yet compared with the file.
struct TorchTensor {
    let type: StoredType
    let shape: [Int]
    /// In elements.
    let strides: [Int]
    /// Of its first element, in elements.
    let offset: Int
    /// Which storage holds the numbers: the name of its member.
    let storage: String
    /// Elements of the storage, and their size in bytes.
    let storageCount: Int
    let storageUnit: Int

    /// Whether a value is a tensor.
    static func isTensor(_ value: PickleValue, in pickle: Pickle) -> Bool {
        guard case .call(let global, _) = pickle.node(value) else { return false }
        return [.tensor, .typedTensor, .parameter, .fromType].contains(global.role)
    }

    /// - Throws: `CheckpointError` where the description is not sound.
    init(_ pickle: Pickle, _ value: PickleValue, named name: String, path: String) throws(CheckpointError) {
        func failure(_ expected: String, _ found: String) -> CheckpointError {
            CheckpointError(path, tensor: name.abridged, expected: expected, found: found)
        }
        let (global, arguments) = try Self.innermost(pickle, value, failure)
        let isTyped = global.role == .typedTensor
        guard arguments.count >= (isTyped ? 7 : 6) else {
            throw failure("the arguments of \(global.description)", "\(arguments.count)")
        }
        guard case .persistent(let identity) = pickle.node(arguments[0]),
            case .tuple(let parts) = pickle.node(identity), parts.count >= 5,
            pickle.text(parts[0]) == "storage", case .global(let kind) = pickle.node(parts[1]),
            let key = pickle.text(parts[2])
        else { throw failure("a storage of its numbers", pickle.kind(arguments[0])) }
        guard case .integer(let count) = parts[4] else {
            throw failure("the size of its storage", pickle.kind(parts[4]))
        }
        guard count >= 0 else { throw failure("the size of its storage", "\(count)") }
        guard case .integer(let offset) = arguments[1], offset >= 0, let shape = pickle.sizes(arguments[2]),
            let strides = pickle.sizes(arguments[3]), strides.count == shape.count
        else { throw failure("offset, shape and strides below 2⁶³, of at most 64 dimensions", "others") }
        if let metadata = arguments.dropFirst(isTyped ? 7 : 6).first {
            switch pickle.node(metadata) {
            case nil where metadata == .none: break
            case .dictionary(let notes) where notes.isEmpty: break
            default: throw failure("plain numbers", "a conjugate or negative view of them")
            }
        }
        switch kind.role {
        case .storage(let type) where !isTyped:
            self.type = type
            storageUnit = type.byteCount
        case .untypedStorage where isTyped, .storage where isTyped:
            guard case .global(let named) = pickle.node(arguments[6]),
                case .elementType(let type) = named.role
            else { throw failure("an element type", pickle.kind(arguments[6])) }
            self.type = type
            if case .storage(let stored) = kind.role {
                storageUnit = stored.byteCount
            } else {
                storageUnit = 1
            }
        default: throw failure("a storage of a known type", kind.description)
        }
        self.shape = shape
        self.strides = strides
        self.offset = offset
        storage = key
        storageCount = count
    }

    /// The tensor itself inside parameters and tensors with attributes.
    private static func innermost(
        _ pickle: Pickle,
        _ value: PickleValue,
        _ failure: (String, String) -> CheckpointError
    ) throws(CheckpointError) -> (PickleGlobal, [PickleValue]) {
        var node = pickle.node(value)
        // A pickle may hold itself; parameters of parameters there are none.
        for _ in 0..<4 {
            guard case .call(let global, let arguments) = node else { break }
            switch global.role {
            case .tensor, .typedTensor: return (global, arguments)
            case .parameter: node = arguments.first.flatMap(pickle.node)
            case .fromType:
                guard arguments.count >= 3, case .global(let function) = pickle.node(arguments[0]),
                    case .tuple(let inner) = pickle.node(arguments[2])
                else { throw failure("a function and its arguments", "something else") }
                node = .call(function, inner)
            default: throw failure("a tensor", global.description)
            }
        }
        throw failure("a tensor", node?.kind ?? "something else")
    }
}
