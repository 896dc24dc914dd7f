/// A name of Python's in a pickle, and what it means here.
///
/// This is the list of all that a pickle may name. Nothing on it is ever called: most of it describes tensors, the
/// rest are the plain values that training checkpoints carry beside the weights.
struct PickleGlobal: Sendable, Equatable {
    enum Role: Sendable, Equatable {
        /// torch._utils._rebuild_tensor_v2: storage, offset, size, strides, …
        case tensor
        /// torch._utils._rebuild_tensor_v3: the same with an element type.
        case typedTensor
        /// A parameter around a tensor, which is its first argument.
        case parameter
        /// torch._tensor._rebuild_from_type_v2: a function, a class, the function's arguments, a state.
        case fromType
        /// The class of a storage, by the type of its elements.
        case storage(StoredType)
        /// A storage of bytes.
        case untypedStorage
        case elementType(StoredType)
        case size
        case dictionary
        /// Anything else: it stands for itself.
        case inert
    }

    let module: String
    let name: String
    let role: Role

    var description: String { "\(module).\(name)" }

    /// Nil for a name that is not on the list.
    init?(module: String, name: String) {
        guard let role = Self.role(module, name) else { return nil }
        self.module = module
        self.name = name
        self.role = role
    }

    private static func role(_ module: String, _ name: String) -> Role? {
        switch module {
        case "torch": torch(name)
        case "torch._utils": utilities[name]
        case "torch._tensor" where name == "_rebuild_from_type_v2": .fromType
        case "torch.storage": ["UntypedStorage": .untypedStorage, "TypedStorage": .inert][name]
        case "torch.nn.parameter": ["Parameter", "Buffer"].contains(name) ? .inert : nil
        case "collections":
            ["OrderedDict": .dictionary, "defaultdict": .dictionary, "Counter": .inert, "deque": .inert][name]
        default: plain[module]?.contains(name) == true ? .inert : nil
        }
    }

    private static func torch(_ name: String) -> Role? {
        if let type = elementTypes[name] { return .elementType(type) }
        if let type = storages[name] { return .storage(type) }
        if name == "Size" { return .size }
        return ["device", "Tensor"].contains(name) ? .inert : nil
    }

    private static let utilities: [String: Role] = [
        "_rebuild_tensor_v2": .tensor, "_rebuild_tensor_v3": .typedTensor, "_rebuild_parameter": .parameter,
        "_rebuild_parameter_with_state": .parameter,
    ]

    private static let storages: [String: StoredType] = [
        "BoolStorage": .boolean, "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16,
        "IntStorage": .int32, "LongStorage": .int64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "FloatStorage": .float32, "DoubleStorage": .float64, "ComplexFloatStorage": .complex64,
    ]

    private static let elementTypes: [String: StoredType] = [
        "bool": .boolean, "uint8": .uint8, "int8": .int8, "int16": .int16, "uint16": .uint16, "int32": .int32,
        "uint32": .uint32, "int64": .int64, "uint64": .uint64, "float16": .float16, "bfloat16": .bfloat16,
        "float32": .float32, "float64": .float64, "complex64": .complex64, "float8_e5m2": .float8E5M2,
        "float8_e4m3fn": .float8E4M3, "float8_e8m0fnu": .float8E8M0,
    ]

    /// Python 2's names of modules too: pickles of protocol 2 use them.
    private static let plain: [String: Set<String>] = [
        "builtins": builtins, "__builtin__": builtins,
        "argparse": ["Namespace"], "types": ["SimpleNamespace"],
        "_codecs": ["encode"],
        "numpy": ["dtype", "ndarray"],
        "numpy.core.multiarray": ["scalar", "_reconstruct"],
        "numpy._core.multiarray": ["scalar", "_reconstruct"],
        "pathlib": paths, "pathlib._local": paths,
        "datetime": ["datetime", "date", "timedelta"],
    ]

    private static let builtins: Set<String> = [
        "set", "frozenset", "complex", "bytearray", "bytes", "int", "float", "bool", "str", "list", "tuple",
        "dict", "slice", "range", "object", "long", "unicode",
    ]

    private static let paths: Set<String> = ["Path", "PosixPath", "PurePosixPath", "WindowsPath"]
}
