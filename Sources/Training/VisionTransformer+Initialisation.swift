import Randomness
import Tensors
import VisionModels

extension VisionTransformer {
    /// Random weights to train from, written into `parameters` in the layout's order.
    ///
    /// - Matrices: normal of deviation 1/√inputs (LeCun et al., "Efficient BackProp", 1998), cut at two deviations; those
    ///   whose output is added to the residual stream are divided by √(2·depth), so that the stream's size does not grow
    ///   with depth.
    /// - Positions, class token and head: deviation 0.02, as timm has it.
    /// - Biases 0, scales of the normalisations 1.
    ///
    /// Each tensor has a stream of its own, so its numbers do not depend on the tensors before it.
    func initialise(_ parameters: UnsafeMutablePointer<Float>, layout: ParameterLayout, seed: UInt64) {
        let root = RandomStream(seed: seed)
        for (index, parameter) in layout.parameters.enumerated() {
            var stream = root.split("weights", index)
            let target = UnsafeMutableBufferPointer(
                start: parameters + parameter.range.lowerBound,
                count: parameter.range.count
            )
            switch Self.initialValues(of: parameter, depth: depth) {
            case .constant(let value): target.update(repeating: value)
            case .normal(let deviation):
                for place in target.indices {
                    target[place] = Float(stream.truncatedNormal(deviation: deviation))
                }
            }
        }
    }

    enum InitialValues: Equatable {
        case constant(Float)
        case normal(deviation: Double)
    }

    static func initialValues(of parameter: Parameter, depth: Int) -> InitialValues {
        let name = parameter.name
        if parameter.shape.count < 2 {
            return .constant(name.hasSuffix(".weight") ? 1 : 0)
        }
        if name == "pos_embed" || name == "cls_token" || name == "head.weight" {
            return .normal(deviation: 0.02)
        }
        let inputs = Double(parameter.shape.dropFirst().reduce(1, *))
        let endsBranch = name.hasSuffix(".attn.proj.weight") || name.hasSuffix(".mlp.fc2.weight")
        let branches = endsBranch ? Double(2 * depth) : 1
        return .normal(deviation: 1 / (inputs * branches).squareRoot())
    }
}
