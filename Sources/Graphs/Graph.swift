import Tensors

/// Operators in the order of the forward pass, from inputs to outputs; knows shapes, not models.
///
/// The operators on parameters alone come first: they run once a step, the others for every micro-batch.
package struct Graph: Sendable {
    package let values: [Value]
    package let operators: [any Operator]
    /// How many of the operators work on parameters alone.
    let sharedOperators: Int
    package let layout: ParameterLayout
    /// The parameters, by their place in the layout, that are statistics of a batch norm.
    private let statistics: Set<Int>
    /// The elements of the flat vector that are statistics: a range for each, in the layout's order.
    package let statisticRanges: [Range<Int>]
    /// Values that never change, among those made of parameters alone.
    let constants: [(value: ValueID, elements: [Double])]
    package let images: ValueID
    package let logits: ValueID
    /// By value, the last operator that reads it or a view of it; −1 for none.
    let lastReaders: [Int]

    package subscript(id: ValueID) -> Value { values[id.index] }

    package func role(ofParameter index: Int) -> ParameterRole {
        statistics.contains(index) ? .statistic : .weight
    }

    package var classes: Int { self[logits].columns }

    /// * `values`: with their parameters
    /// * throws: where a value is read before it is made, by nobody, or by an operator twice; and where parameters are read in
    ///   parts that overlap
    init(
        _ values: [Value],
        _ operators: [any Operator],
        _ layout: ParameterLayout,
        statistics: Set<Int>,
        constants: [(value: ValueID, elements: [Double])],
        from images: ValueID,
        to logits: ValueID
    ) throws(GraphError) {
        let shared = operators.filter { !values[$0.output.index].hasSamples }
        self.values = values
        self.operators = shared + operators.filter { values[$0.output.index].hasSamples }
        self.layout = layout
        self.statistics = statistics
        statisticRanges = statistics.sorted().map { layout.parameters[$0].range }
        self.constants = constants
        self.images = images
        self.logits = logits
        sharedOperators = shared.count
        var last = Array(repeating: -1, count: values.count)
        for (index, operation) in self.operators.enumerated() {
            for input in operation.inputs { last[values[input.index].storage.index] = index }
        }
        lastReaders = values.map { last[$0.storage.index] }
        try check()
    }

    /// Most elements of a value: far beyond any memory, and far below what sums of them can hold.
    private static let mostElements = 1 << 40

    private func check() throws(GraphError) {
        for value in values {
            let count = value.shape.reduce(1.0) { $0 * Double($1) }
            guard value.shape.allSatisfy({ $0 >= 0 }), count <= Double(Self.mostElements) else {
                throw GraphError(value.name, "\(value.shape) is no array that fits memory")
            }
        }
        let result = self[logits]
        guard result.rows == 1, result.hasSamples else {
            throw GraphError(result.name, "one row per sample expected of the output, \(result.shape) found")
        }
        let computed = Set(
            operators.flatMap { [$0.output] + $0.kept + $0.keptInTraining + $0.scratch }.map {
                self[$0].storage
            }
        )
        var made = Set(values.map(\.storage)).subtracting(computed)
        for operation in operators {
            let name = self[operation.output].name
            let inputs = operation.inputs.map { self[$0].storage }
            guard Set(inputs).count == inputs.count else {
                throw GraphError(name, "reads one value twice: it needs a copy")
            }
            for input in operation.inputs where !made.contains(self[input].storage) {
                throw GraphError(name, "reads \(self[input].name) before it is made")
            }
            made.formUnion(
                ([operation.output] + operation.kept + operation.keptInTraining).map { self[$0].storage }
            )
            let output = self[operation.output].storage
            guard lastReaders[output.index] >= 0 || output == self[logits].storage else {
                throw GraphError(name, "is read by nobody")
            }
        }
        try checkParameters()
    }

    /// Every parameter is read, always with the same others beside it.
    private func checkParameters() throws(GraphError) {
        var readers = [Range<Int>?](repeating: nil, count: layout.parameters.count)
        for input in operators.flatMap(\.inputs) {
            guard case .parameters(let range) = self[input].place else { continue }
            for index in range {
                guard readers[index] == nil || readers[index] == range else {
                    throw GraphError(layout.parameters[index].name, "is read alone and joined with others")
                }
                readers[index] = range
            }
        }
        guard let unread = readers.firstIndex(of: nil) else { return }
        throw GraphError(layout.parameters[unread].name, "is read by nobody")
    }
}
