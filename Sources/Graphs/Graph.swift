import Tensors

/// A value that flows through a graph: per sample of a batch a matrix of rows × columns.
package struct Value: Sendable, Equatable {
    package let name: String
    package let rows: Int
    package let columns: Int
    /// Whether a parameter lies upstream, so that its gradient is wanted.
    package let needsGradient: Bool

    package var count: Int { rows * columns }
}

/// The index of a value in its graph.
package struct ValueID: Hashable, Sendable {
    let index: Int
}

/// The index of a parameter in the graph's layout.
package struct ParameterID: Hashable, Sendable {
    let index: Int
}

/// Operators in the order of the forward pass, from images to logits; knows shapes, not models.
package struct Graph: Sendable {
    package let values: [Value]
    package let operators: [any Operator]
    package let layout: ParameterLayout
    package let images: ValueID
    package let logits: ValueID

    package subscript(id: ValueID) -> Value { values[id.index] }

    package var classes: Int { self[logits].columns }

    /// Rows of the tallest matrix of a sample that products by weights see: for a transformer, its tokens.
    package var tallest: Int { values.filter(\.needsGradient).map(\.rows).max() ?? 1 }
}

/// Adds values, parameters and operators one after another; each operator's file adds its own method.
package struct GraphBuilder {
    private var values: [Value] = []
    private var operators: [any Operator] = []
    private var parameters: [(name: String, shape: [Int], layer: String)] = []

    package init() {}

    package mutating func input(_ name: String, rows: Int, columns: Int) -> ValueID {
        value(name, rows: rows, columns: columns, needsGradient: false)
    }

    mutating func value(_ name: String, rows: Int, columns: Int, needsGradient: Bool = true) -> ValueID {
        values.append(Value(name: name, rows: rows, columns: columns, needsGradient: needsGradient))
        return ValueID(index: values.count - 1)
    }

    mutating func parameter(_ name: String, _ shape: [Int], layer: String) -> ParameterID {
        parameters.append((name, shape, layer))
        return ParameterID(index: parameters.count - 1)
    }

    mutating func append(_ operation: some Operator) {
        operators.append(operation)
    }

    subscript(id: ValueID) -> Value { values[id.index] }

    /// * `logits`: one row per sample.
    package func graph(from images: ValueID, to logits: ValueID) -> Graph {
        precondition(self[logits].rows == 1)
        for (index, operation) in operators.enumerated() where !operation.canAdd {
            let later = operators[(index + 1)...].flatMap(\.inputs)
            precondition(
                !operation.inputs.contains(where: later.contains),
                "this operator must be the last consumer"
            )
        }
        return Graph(
            values: values,
            operators: operators,
            layout: ParameterLayout(parameters),
            images: images,
            logits: logits
        )
    }
}
