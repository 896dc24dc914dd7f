import Kernels
import Tensors

/// Adds values, parameters and operators one after another; each operator's file adds its own method.
package struct GraphBuilder {
    private var values: [Value] = []
    private var operators: [any Operator] = []
    private var parameters: [(name: String, shape: [Int], layer: String)] = []
    private var statistics: Set<Int> = []
    private var constants: [(value: ValueID, elements: [Double])] = []

    package init() {}

    package subscript(id: ValueID) -> Value { values[id.index] }

    /// Whether two values are the same elements.
    package func shareElements(_ left: ValueID, _ right: ValueID) -> Bool {
        self[left].storage == self[right].storage
    }

    /// Whether a value is parameters, rather than made of them.
    package func isParameter(_ value: ValueID) -> Bool {
        if case .parameters = self[value].place { true } else { false }
    }

    /// What is filled in before a pass.
    ///
    /// * `shape`: of a sample
    package mutating func input(_ name: String, _ shape: [Int]) -> ValueID {
        add(name, shape, needsGradient: false, .samples)
    }

    /// A tensor of the model.
    ///
    /// * `layer`: the unit of layer-wise coefficients
    package mutating func parameter(
        _ name: String,
        _ shape: [Int],
        layer: String,
        role: ParameterRole = .weight
    ) -> ValueID {
        if role == .statistic { statistics.insert(parameters.count) }
        parameters.append((name, shape, layer))
        return add(
            name,
            shape,
            needsGradient: true,
            .parameters(parameters.count - 1..<parameters.count)
        )
    }

    /// An array that never changes, held once for all samples.
    ///
    /// * `elements`: or one, which all are
    package mutating func constant(_ name: String, _ shape: [Int], _ elements: [Double]) throws(GraphError)
        -> ValueID
    {
        guard elements.count == 1 || shape.elementCount == elements.count else {
            throw GraphError(name, "\(elements.count) elements, not those of \(shape)")
        }
        let id = add(name, shape, needsGradient: false, .shared)
        constants.append((id, elements))
        return id
    }

    /// Tensors of the model one below the other, as one.
    ///
    /// * `names`: each of `shape`, whose first dimension counts rows
    package mutating func joinedParameters(_ names: [String], _ shape: [Int], layer: String) -> ValueID {
        let first = parameters.count
        for name in names { parameters.append((name, shape, layer)) }
        return add(
            names.joined(separator: " | "),
            [names.count * (shape.first ?? 1)] + shape.dropFirst(),
            needsGradient: true,
            .parameters(first..<parameters.count)
        )
    }

    /// What an operator makes of `inputs`: of samples where any of them is.
    mutating func output(_ name: String, _ shape: [Int], of inputs: [ValueID]) -> ValueID {
        let sources = inputs.map { self[$0] }
        return add(
            name,
            shape,
            needsGradient: sources.contains(where: \.needsGradient),
            sources.contains(where: \.hasSamples) ? .samples : .shared
        )
    }

    /// What an operator makes of one value for every sample.
    mutating func perSample(_ name: String, _ shape: [Int], of input: ValueID) -> ValueID {
        add(name, shape, needsGradient: self[input].needsGradient, .samples)
    }

    /// What an operator makes for itself beside `output`, without a gradient.
    mutating func own(_ name: String, _ shape: [Int], beside output: ValueID) -> ValueID {
        add(name, shape, needsGradient: false, self[output].place)
    }

    /// The same elements in another shape.
    package mutating func view(_ value: ValueID, as shape: [Int]) throws(GraphError) -> ValueID {
        let source = self[value]
        guard shape.elementCount == source.count else {
            throw GraphError(source.name, "\(source.count) elements, \(source.shape), cannot be \(shape)")
        }
        values.append(
            Value(
                name: source.name,
                shape: shape,
                needsGradient: source.needsGradient,
                place: source.place,
                storage: source.storage
            )
        )
        return ValueID(index: values.count - 1)
    }

    mutating func append(_ operation: some Operator) { operators.append(operation) }

    /// * `logits`: one row per sample
    package func graph(from images: ValueID, to logits: ValueID) throws(GraphError) -> Graph {
        try graph(from: images, to: logits, operators.fusingEpilogues(values, logits: logits))
    }

    /// The graph as it was put together, an operator for each that was added.
    func graphAsWritten(from images: ValueID, to logits: ValueID) throws(GraphError) -> Graph {
        try graph(from: images, to: logits, operators)
    }

    private func graph(from images: ValueID, to logits: ValueID, _ operators: [any Operator])
        throws(GraphError) -> Graph
    {
        try Graph(
            values,
            operators,
            ParameterLayout(parameters),
            statistics: statistics,
            constants: constants,
            from: images,
            to: logits
        )
    }

    private mutating func add(
        _ name: String,
        _ shape: [Int],
        needsGradient: Bool,
        _ place: Value.Place
    ) -> ValueID {
        let id = ValueID(index: values.count)
        values.append(
            Value(name: name, shape: shape, needsGradient: needsGradient, place: place, storage: id)
        )
        return id
    }
}
