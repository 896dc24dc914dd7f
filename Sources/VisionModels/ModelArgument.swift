/// A value of `model_args` that the program does not compute with.
enum ModelArgument: Sendable, Equatable, CustomStringConvertible {
    case boolean(Bool)
    case number(Double)
    case text(String)
    /// A list or object, as text.
    case other(String)

    var description: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value):
            "\"\(String(value.prefix(60)).split(whereSeparator: \.isNewline).joined(separator: " "))\""
        case .other(let value): value
        }
    }
}
