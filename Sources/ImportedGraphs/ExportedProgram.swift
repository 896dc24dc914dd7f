/// A model's computation as `torch.export.save` wrote it: nodes in the order of the forward pass, values by name.
///
/// Source: PyTorch's `torch/_export/serde/schema.py`, schema major 8 (since PyTorch 2.5).
package struct ExportedProgram: Sendable {
    package enum Argument: Sendable, Equatable {
        case none
        case value(String)
        /// With nil where an entry is none.
        case values([String?])
        case integer(Extent)
        case integers([Extent])
        case number(Double)
        case numbers([Double])
        case flag(Bool)
        case text(String)
        /// Something that no operator of ours asks for, by its name in the schema.
        case other(String)

        /// Whether it is a number that the batch makes.
        var isBatch: Bool { if case .integer(let extent) = self { extent.hasBatch } else { false } }
    }

    package struct Node: Sendable {
        /// "aten.linear.default".
        package let operation: String
        package let arguments: [(name: String, value: Argument)]
        /// Names of the values that it makes.
        package let results: [String]
        /// The path of the module that it came from, as "blocks.0.attn", and its class.
        package let module: (path: String, type: String)?

        package subscript(name: String) -> Argument? { arguments.first { $0.name == name }?.value }

        /// The value that an argument names.
        func name(_ argument: String) -> String? {
            if case .value(let name)? = self[argument] { name } else { nil }
        }

        /// Values that it reads.
        package var operands: [String] {
            arguments.flatMap { argument -> [String] in
                switch argument.value {
                case .value(let name): [name]
                case .values(let names): names.compactMap(\.self)
                default: []
                }
            }
        }
    }

    package enum Source: Sendable, Equatable {
        /// A trainable tensor, by its name in a state dict.
        case parameter(String)
        /// A tensor of the state dict that is not trained: running statistics.
        case buffer(String)
        /// A tensor that lies in the file alone.
        case constant(String)
        /// What the model is given.
        case input

        /// Its name in the state dict.
        package var tensor: String? {
            switch self {
            case .parameter(let name), .buffer(let name): name
            case .constant, .input: nil
            }
        }
    }

    package struct Tensor: Sendable, Equatable {
        package let sizes: [Extent]
        /// PyTorch's number of the element type: 7 is float32.
        package let elementType: Int
    }

    /// Names of the values that are there before the first node, and what they are.
    package internal(set) var sources: [(name: String, source: Source)]
    package internal(set) var nodes: [Node]
    /// Names of the results.
    package internal(set) var outputs: [String]
    package internal(set) var tensors: [String: Tensor]
    /// Tensors that lie in the file and are no parameters, by their names in the state dict, as far as they are read.
    package internal(set) var constants: [String: ConstantArray]
    /// Values that were computed beforehand.
    var folded: [String: ConstantArray]
    /// The version that wrote it, as "2.13.0"; empty where it is not said.
    package let torchVersion: String
    /// "8.20".
    package let schemaVersion: String

    /// Names in the state dict of what nodes read and is learnt or a statistic.
    package var readTensors: [String] {
        let (read, statistics) = (Set(nodes.flatMap(\.operands)), statistics)
        return sources.compactMap { name, source in
            switch source {
            case .parameter(let tensor) where read.contains(name): tensor
            case .buffer(let tensor) where statistics.contains(name): tensor
            default: nil
            }
        }
    }

    /// The same with other names of the state dict's tensors.
    package func renamingTensors(_ renamed: (String) -> String) -> ExportedProgram {
        var program = self
        program.constants = [:]
        program.sources = sources.map { name, source in
            switch source {
            case .parameter(let tensor): return (name, .parameter(renamed(tensor)))
            case .buffer(let tensor):
                program.constants[renamed(tensor)] = constants[tensor]
                return (name, .buffer(renamed(tensor)))
            case .constant(let tensor):
                program.constants[tensor] = constants[tensor]
                return (name, source)
            case .input: return (name, source)
            }
        }
        return program
    }

    /// The same program with other nodes.
    func with(nodes: [Node], folded: [String: ConstantArray], outputs: [String]? = nil) -> ExportedProgram {
        var program = self
        program.nodes = nodes
        program.folded = folded
        program.outputs = outputs ?? self.outputs
        return program
    }

    /// The same program with the numbers of tensors that lie in the file.
    func with(constants: [String: ConstantArray]) -> ExportedProgram {
        var program = self
        program.constants = constants
        return program
    }

    /// The same program with other sizes.
    func with(tensors: [String: Tensor]) -> ExportedProgram {
        var program = self
        program.tensors = tensors
        return program
    }
}
