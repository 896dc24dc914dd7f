import Foundation

/// Numbers of numbers, element by element.
extension ConstantOperator {
    func elementwise() -> [FoldedArray]? {
        if let function = binary, let left = operand("self"), let right = right("other") ?? right("exponent")
        {
            return laid(left, right, function)
        }
        if name == "rsub", let left = operand("self"), let right = right("other") {
            return laid(left, right) { $1 - $0 }
        }
        if name == "pow", let base = number("self"), let exponent = operand("exponent") {
            return [result(exponent.array.elements.map { Foundation.pow(base, $0) })]
        }
        if name == "where", let condition = operand("condition"), let left = right("self"),
            let right = right("other")
        {
            return chosen(condition, left, right)
        }
        if name == "masked_fill", let input, let mask = operand("mask"), let value = right("value") {
            return chosen(mask, value, input)
        }
        guard let function = unary, let input else { return nil }
        return [result(input.array.elements.map(function))]
    }

    /// A tensor, or a number as one.
    private func right(_ argument: String) -> FoldedArray? {
        operand(argument)
            ?? number(argument).map { FoldedArray(ConstantArray(shape: [], elements: [$0], kind: .real)) }
    }

    private func laid(_ left: FoldedArray, _ right: FoldedArray, _ function: (Double, Double) -> Double)
        -> [FoldedArray]?
    {
        guard ConstantArray.commonShape([left.shape, right.shape]) == shape else { return nil }
        let (a, b) = (left.array.broadcast(to: shape), right.array.broadcast(to: shape))
        return [result(zip(a, b).map { converted(function($0, $1)) })]
    }

    private func chosen(_ condition: FoldedArray, _ left: FoldedArray, _ right: FoldedArray) -> [FoldedArray]?
    {
        guard ConstantArray.commonShape([condition.shape, left.shape, right.shape]) == shape else {
            return nil
        }
        let chooses = condition.array.broadcast(to: shape)
        let (a, b) = (left.array.broadcast(to: shape), right.array.broadcast(to: shape))
        return [result(chooses.indices.map { chooses[$0] != 0 ? a[$0] : b[$0] })]
    }

    private var binary: ((Double, Double) -> Double)? {
        let alpha = number("alpha") ?? 1
        switch name {
        case "add": return { $0 + alpha * $1 }
        case "sub": return { $0 - alpha * $1 }
        case "mul": return { $0 * $1 }
        case "div":
            switch node["rounding_mode"] {
            case .text("floor")?: return { ($0 / $1).rounded(.down) }
            case .text("trunc")?: return { ($0 / $1).rounded(.towardZero) }
            default: return { $0 / $1 }
            }
        case "floor_divide": return { ($0 / $1).rounded(.down) }
        case "remainder": return { $0 - ($0 / $1).rounded(.down) * $1 }
        case "pow": return { Foundation.pow($0, $1) }
        case "eq": return { $0 == $1 ? 1 : 0 }
        case "ne": return { $0 != $1 ? 1 : 0 }
        case "lt": return { $0 < $1 ? 1 : 0 }
        case "le": return { $0 <= $1 ? 1 : 0 }
        case "gt": return { $0 > $1 ? 1 : 0 }
        case "ge": return { $0 >= $1 ? 1 : 0 }
        case "minimum": return { Swift.min($0, $1) }
        case "maximum": return { Swift.max($0, $1) }
        case "logical_and": return { $0 != 0 && $1 != 0 ? 1 : 0 }
        case "logical_or": return { $0 != 0 || $1 != 0 ? 1 : 0 }
        case "__and__", "bitwise_and":
            return kind == .boolean ? { $0 != 0 && $1 != 0 ? 1 : 0 } : nil
        case "__or__", "bitwise_or":
            return kind == .boolean ? { $0 != 0 || $1 != 0 ? 1 : 0 } : nil
        default: return nil
        }
    }

    private var unary: ((Double) -> Double)? {
        switch name {
        case "neg": return { -$0 }
        case "abs": return { Swift.abs($0) }
        case "sign": return { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case "exp": return { Foundation.exp($0) }
        case "log": return { Foundation.log($0) }
        case "log2": return { Foundation.log2($0) }
        case "sin": return { Foundation.sin($0) }
        case "cos": return { Foundation.cos($0) }
        case "sqrt": return { $0.squareRoot() }
        case "rsqrt": return { 1 / $0.squareRoot() }
        case "reciprocal": return { 1 / $0 }
        case "floor": return { $0.rounded(.down) }
        case "ceil": return { $0.rounded(.up) }
        case "logical_not", "bitwise_not": return kind == .boolean ? { $0 == 0 ? 1 : 0 } : nil
        case "clamp", "clamp_min", "clamp_max":
            let bounds = ["min", "max"].filter {
                node[$0] != nil && node[$0] != ExportedProgram.Argument.none
            }
            guard bounds.allSatisfy({ number($0) != nil }) else { return nil }
            let (low, high) = (number("min") ?? -.infinity, number("max") ?? .infinity)
            return { Swift.min(Swift.max($0, low), high) }
        default: return nil
        }
    }
}
