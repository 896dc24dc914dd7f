import Tensors

/// How the numbers of a stored tensor are encoded, whether they can be mixed or are only carried along.
///
/// The raw value is safetensors' name of it. The order is that in which its own library sorts a file's tensors,
/// the last first, so that each lies at a multiple of its element's size.
package enum StoredType: String, Sendable, Codable, CaseIterable {
    case boolean = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case float8E5M2 = "F8_E5M2"
    case float8E4M3 = "F8_E4M3"
    case float8E8M0 = "F8_E8M0"
    case int16 = "I16"
    case uint16 = "U16"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case uint32 = "U32"
    case float32 = "F32"
    case complex64 = "C64"
    case float64 = "F64"
    case int64 = "I64"
    case uint64 = "U64"

    package init(_ element: ElementType) {
        switch element {
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        }
    }

    /// The type as one of those that can be mixed; nil for all others.
    package var element: ElementType? { ElementType(rawValue: rawValue) }

    package var byteCount: Int {
        switch self {
        case .boolean, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .complex64, .float64, .int64, .uint64: 8
        }
    }

    /// Place in the order of a file's tensors, widest elements first.
    var rank: Int { Self.ranks[self] ?? 0 }

    private static let ranks = Dictionary(
        uniqueKeysWithValues: allCases.reversed().enumerated().map { ($1, $0) }
    )
}
