import Foundation

/// The JSON of an exported program, as far as it is needed.
struct ProgramSchema: Decodable {
    struct Version: Decodable {
        let major: Int
        let minor: Int
    }

    struct Module: Decodable {
        let graph: Graph
        let signature: Signature
    }

    struct Graph: Decodable {
        let inputs: [Argument]
        let outputs: [Argument]
        let nodes: [Node]
        let tensorValues: [String: Tensor]
        let symIntValues: [String: SymbolicInteger]?
    }

    struct Node: Decodable {
        let target: String
        let inputs: [NamedArgument]
        let outputs: [Argument]
        let metadata: [String: String]
    }

    struct NamedArgument: Decodable {
        let name: String
        let arg: Argument
    }

    struct Tensor: Decodable {
        let dtype: Int
        let sizes: [SymbolicInteger]
    }

    struct Expression: Decodable {
        let exprStr: String
    }

    /// An integer, an expression, or the name of one.
    struct SymbolicInteger: Decodable {
        let asInt: Int?
        let asExpr: Expression?
        let asName: String?
    }

    struct Name: Decodable {
        let name: String
    }

    struct SubGraph: Decodable {
        let name: String
        let graph: Graph
    }

    /// One of many kinds, told by the only key.
    indirect enum Argument: Decodable {
        case none
        case tensor(String)
        case tensors([String?])
        case integer(SymbolicInteger)
        case integers([SymbolicInteger])
        case number(Double)
        case numbers([Double])
        case flag(Bool)
        case text(String)
        case graph(SubGraph)
        case other(String)

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            guard let key = container.allKeys.first, container.allKeys.count == 1 else {
                let context = DecodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "an argument of one kind expected"
                )
                throw DecodingError.dataCorrupted(context)
            }
            func read<T: Decodable>(_ type: T.Type) throws -> T { try container.decode(type, forKey: key) }
            switch key.stringValue {
            case "asNone": self = .none
            case "asTensor": self = .tensor(try read(Name.self).name)
            case "asTensors": self = .tensors(try read([Name].self).map(\.name))
            case "asOptionalTensors":
                self = .tensors(
                    try read([Argument].self).map { if case .tensor(let name) = $0 { name } else { nil } }
                )
            case "asOptionalTensor": self = try read(Argument.self)
            case "asInt":
                self = .integer(SymbolicInteger(asInt: try read(Int.self), asExpr: nil, asName: nil))
            case "asInts":
                self = .integers(
                    try read([Int].self).map { SymbolicInteger(asInt: $0, asExpr: nil, asName: nil) }
                )
            case "asSymInt": self = .integer(try read(SymbolicInteger.self))
            case "asSymInts": self = .integers(try read([SymbolicInteger].self))
            case "asFloat": self = .number(try read(Number.self).value)
            case "asFloats": self = .numbers(try read([Number].self).map(\.value))
            case "asBool": self = .flag(try read(Bool.self))
            case "asString": self = .text(try read(String.self))
            case "asGraph": self = .graph(try read(SubGraph.self))
            default: self = .other(key.stringValue)
            }
        }
    }

    /// A number, or the word for one that JSON lacks.
    struct Number: Decodable {
        let value: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Double.self) {
                self.value = value
            } else {
                let word = try container.decode(String.self)
                guard let value = Double(word.lowercased().replacingOccurrences(of: "infinity", with: "inf"))
                else {
                    throw DecodingError.dataCorruptedError(
                        in: container,
                        debugDescription: "a number expected, \(word) found"
                    )
                }
                self.value = value
            }
        }
    }

    struct Signature: Decodable {
        let inputSpecs: [InputSpec]
        let outputSpecs: [OutputSpec]
    }

    struct InputSpec: Decodable {
        struct ParameterSpec: Decodable {
            let arg: Name
            let parameterName: String
        }
        struct BufferSpec: Decodable {
            let arg: Name
            let bufferName: String
            let persistent: Bool
        }
        struct ConstantSpec: Decodable {
            let arg: Name
            let tensorConstantName: String
        }
        struct UserSpec: Decodable { let arg: Argument }

        let parameter: ParameterSpec?
        let buffer: BufferSpec?
        let tensorConstant: ConstantSpec?
        let userInput: UserSpec?
    }

    struct OutputSpec: Decodable {
        struct UserSpec: Decodable { let arg: Argument }
        let userOutput: UserSpec?
    }

    let graphModule: Module
    let schemaVersion: Version
    let torchVersion: String?
}
