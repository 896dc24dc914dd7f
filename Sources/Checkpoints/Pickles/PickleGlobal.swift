/// A name of Python's in a pickle, and what it means here.
///
/// This is the list of all that a pickle may name. Nothing on it is ever called: most of it describes tensors, the
/// rest are the plain values that training checkpoints carry beside the weights. Classes of other programs (a run's
/// settings, an enumeration's cases) are named but not known: objects of theirs are kept as they are described, and are
/// never taken for weights. Functions, and what leads to the system, are refused by name, though nothing would call them:
/// a file that asks for them is not what it claims to be.
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
        /// A class of another program, or of an optimizer or layer of PyTorch's.
        case foreign
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

    /// What a message says of a name that is not on the list.
    static func notRun(_ name: String) -> String {
        "\(name.abridged), which is not run here: \(saveAnew)"
    }

    /// What to do about a file that only Python can read.
    static let saveAnew =
        "load the file in PyTorch, if you trust it, and save the weights alone with torch.save(model.state_dict(), …)"

    private static func role(_ module: String, _ name: String) -> Role? {
        listed(module, name) ?? (isForeign(module, name) ? .foreign : nil)
    }

    /// Whether it can only be a class, by Python's way to write names, and none of those that lead to the system.
    private static func isForeign(_ module: String, _ name: String) -> Bool {
        guard let name = name.split(separator: ".").last?.drop(while: { $0 == "_" }),
            name.first?.isUppercase == true
        else { return false }
        if ["torch.optim", "torch.nn.modules", "torch.distributed"].contains(where: module.hasPrefix) {
            return true
        }
        return !closed.contains(module.prefix { $0 != "." })
    }

    /// Packages of which nothing is allowed but what is listed.
    private static let closed: Set<Substring> = [
        "", "torch", "numpy", "builtins", "__builtin__", "posix", "nt", "os", "sys", "subprocess", "commands",
        "pty",
        "shutil", "socket", "ctypes", "multiprocessing", "concurrent", "threading", "asyncio", "importlib",
        "runpy",
        "code", "codeop", "pickle", "_pickle", "marshal", "operator", "_operator", "functools", "webbrowser",
        "pip",
        "urllib", "http", "ftplib", "smtplib", "zipimport", "pdb", "bdb", "timeit", "cProfile", "profile",
        "trace",
    ]

    private static func listed(_ module: String, _ name: String) -> Role? {
        switch module {
        case "torch": torch(name)
        case "torch._utils": utilities[name]
        case "torch._tensor" where name == "_rebuild_from_type_v2": .fromType
        case "torch.torch_version": name == "TorchVersion" ? .inert : nil
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
        return ["device", "Tensor", "Generator", "strided", "channels_last", "contiguous_format"].contains(
            name
        )
            ? .inert : nil
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
        "_codecs": ["encode"], "copyreg": ["_reconstructor"], "copy_reg": ["_reconstructor"],
        "functools": ["partial"],
        "numpy": ["dtype", "ndarray", "bool_", "float16", "float32", "float64", "int32", "int64", "uint8"],
        "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
        "numpy.dtypes": numbers,
        "numpy.random._pickle": ["__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"],
        "numpy.core.multiarray": ["scalar", "_reconstruct"],
        "numpy._core.multiarray": ["scalar", "_reconstruct"],
        "pathlib": paths, "pathlib._local": paths,
        "datetime": ["datetime", "date", "time", "timedelta", "timezone"],
    ]

    /// NumPy's classes of element types.
    private static let numbers: Set<String> = [
        "BoolDType", "Float16DType", "Float32DType", "Float64DType", "Int8DType", "Int16DType", "Int32DType",
        "Int64DType", "UInt8DType", "UInt16DType", "UInt32DType", "UInt64DType", "StrDType",
    ]

    private static let builtins: Set<String> = [
        "set", "frozenset", "complex", "bytearray", "bytes", "int", "float", "bool", "str", "list", "tuple",
        "dict", "slice", "range", "object", "long", "unicode",
    ]

    private static let paths: Set<String> = ["Path", "PosixPath", "PurePosixPath", "WindowsPath"]
}
