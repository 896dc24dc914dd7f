import Kernels

/// Class, distillation and register tokens before the patch tokens, position embedding added.
struct TokenEmbedding: Operator {
    struct Prefix: Sendable {
        let tokens: ValueID
        let rows: Int
        let hasPositions: Bool
    }

    let patches: ValueID
    let output: ValueID
    let prefix: [Prefix]
    /// A row for every token that has one.
    let positions: ValueID

    var inputs: [ValueID] { [patches, positions] + prefix.map(\.tokens) }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { [positions] + prefix.map(\.tokens) }

    func forward<R: Real>(_ run: Run<R>) {
        embedTokensForward(
            on: run.team,
            batch: run.batch(patches),
            patchCount: run.graph[patches].rows,
            channels: run.graph[patches].columns,
            patches: run[patches],
            prefix: prefix.map {
                PrefixTokens(values: run[$0.tokens], rows: $0.rows, hasPositions: $0.hasPositions)
            },
            positions: run[positions],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        embedTokensBackward(
            on: run.team,
            batch: run.batch(patches),
            patchCount: run.graph[patches].rows,
            channels: run.graph[patches].columns,
            dOutput: run.gradient(output),
            dPatches: run.gradient(patches),
            dPrefix: prefix.map {
                PrefixTokens(values: run.gradient($0.tokens), rows: $0.rows, hasPositions: $0.hasPositions)
            },
            dPositions: run.gradient(positions),
            addParameters: run.adds(all: [positions] + prefix.map(\.tokens))
        )
    }
}

/// A parameter whose rows stand before the patch tokens.
package struct PrefixParameter: Sendable {
    package let name: String
    package let shape: [Int]
    /// Whether the position embedding begins with rows for it.
    package let hasPositions: Bool

    package init(name: String, shape: [Int], hasPositions: Bool) {
        self.name = name
        self.shape = shape
        self.hasPositions = hasPositions
    }
}

extension GraphBuilder {
    /// * `prefix`: in the order of the tokens
    /// * `positions`: name and shape of the position embedding, rows × channels but for leading ones
    /// * `resampling`: from the position embedding's grid to that of `patches`
    /// * returns (rows of the prefix + patches) × channels per sample
    package mutating func tokenEmbedding(
        _ patches: ValueID,
        prefix: [PrefixParameter],
        positions: (name: String, shape: [Int]),
        resampling: PositionResampling? = nil,
        layer: String
    ) throws(GraphError) -> ValueID {
        let shape = self[patches]
        let tokens = prefix.map { part in
            TokenEmbedding.Prefix(
                tokens: parameter(part.name, part.shape, layer: layer),
                rows: part.shape.reduce(1, *) / shape.columns,
                hasPositions: part.hasPositions
            )
        }
        let prefixRows = tokens.filter(\.hasPositions).reduce(0) { $0 + $1.rows }
        var used = parameter(positions.name, positions.shape, layer: layer)
        if let resampling {
            used = positionResampling(used, resampling, after: prefixRows, channels: shape.columns)
        }
        let rows = self[used].count / shape.columns
        guard rows == prefixRows + shape.rows else {
            throw GraphError(
                positions.name,
                "\(rows) positions for \(prefixRows) prefix tokens and \(shape.rows) patches"
            )
        }
        let output = output(
            "tokens",
            [shape.rows + tokens.reduce(0) { $0 + $1.rows }, shape.columns],
            of: [patches, used] + tokens.map(\.tokens)
        )
        append(TokenEmbedding(patches: patches, output: output, prefix: tokens, positions: used))
        return output
    }
}
