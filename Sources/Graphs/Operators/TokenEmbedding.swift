import Kernels

/// Class, distillation and register tokens before the patch tokens, position embedding added.
struct TokenEmbedding: Operator {
    struct Prefix: Sendable {
        let parameter: ParameterID
        let rows: Int
        let hasPositions: Bool
    }

    /// Positions are made for one grid of patches and wanted on another.
    struct Resampled: Sendable {
        let resampling: PositionResampling
        /// All positions, those of prefix tokens first; one copy per pass, for all its samples.
        let positions: ValueID
        /// Their gradient.
        let gradient: ValueID
    }

    let patches: ValueID
    let output: ValueID
    let prefix: [Prefix]
    let positions: ParameterID
    let resampled: Resampled?

    var inputs: [ValueID] { [patches] }
    var kept: [ValueID] { resampled.map { [$0.positions] } ?? [] }
    var backwardReads: [ValueID] { [] }
    var scratch: [ValueID] { resampled.map { [$0.gradient] } ?? [] }

    /// Positions that prefix tokens have.
    private var prefixRows: Int { prefix.filter(\.hasPositions).reduce(0) { $0 + $1.rows } }

    func forward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[patches]
        var positions = run[positions]
        if let resampled {
            let own = prefixRows * shape.columns
            let all = run[resampled.positions]
            all.update(from: positions, count: own)
            resamplePositionsForward(
                resampled.resampling,
                channels: shape.columns,
                input: positions + own,
                output: all + own
            )
            positions = UnsafePointer(all)
        }
        embedTokensForward(
            on: run.team,
            batch: run.batch,
            patchCount: shape.rows,
            channels: shape.columns,
            patches: run[patches],
            prefix: prefix.map {
                PrefixTokens(values: run[$0.parameter], rows: $0.rows, hasPositions: $0.hasPositions)
            },
            positions: positions,
            output: run[output]
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[patches]
        let dPositions = run.gradient(positions)
        let dUsed = resampled.map { run[$0.gradient] } ?? dPositions
        embedTokensBackward(
            on: run.team,
            batch: run.batch,
            patchCount: shape.rows,
            channels: shape.columns,
            dOutput: run.gradient(output),
            dPatches: run.gradient(patches),
            dPrefix: prefix.map {
                PrefixTokens(values: run.gradient($0.parameter), rows: $0.rows, hasPositions: $0.hasPositions)
            },
            dPositions: dUsed,
            addParameters: run.addsParameters,
            addPositions: resampled == nil && run.addsParameters
        )
        guard let resampled else { return }
        let own = prefixRows * shape.columns
        copy(on: run.team, count: own, dUsed, into: dPositions, adding: run.addsParameters)
        resamplePositionsBackward(
            resampled.resampling,
            channels: shape.columns,
            dOutput: dUsed + own,
            dInput: dPositions + own,
            addInput: run.addsParameters
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
    ) -> ValueID {
        let shape = self[patches]
        let tokens = prefix.map { part in
            TokenEmbedding.Prefix(
                parameter: parameter(part.name, part.shape, layer: layer),
                rows: part.shape.reduce(1, *) / shape.columns,
                hasPositions: part.hasPositions
            )
        }
        let rows = shape.rows + tokens.filter(\.hasPositions).reduce(0) { $0 + $1.rows }
        let positions = parameter(positions.name, positions.shape, layer: layer)
        let output = value(
            "tokens",
            rows: shape.rows + tokens.reduce(0) { $0 + $1.rows },
            columns: shape.columns
        )
        let resampled = resampling.map { resampling in
            TokenEmbedding.Resampled(
                resampling: resampling,
                positions: value("positions", rows: rows, columns: shape.columns, needsGradient: false),
                gradient: value(
                    "positions.gradient",
                    rows: rows,
                    columns: shape.columns,
                    needsGradient: false
                )
            )
        }
        append(
            TokenEmbedding(
                patches: patches,
                output: output,
                prefix: tokens,
                positions: positions,
                resampled: resampled
            )
        )
        return output
    }
}
