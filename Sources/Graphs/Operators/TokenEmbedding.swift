import Kernels

/// Class token before the patch tokens, position embedding added.
struct TokenEmbedding: Operator {
    let patches: ValueID
    let output: ValueID
    let classToken: ParameterID?
    let positions: ParameterID

    var inputs: [ValueID] { [patches] }
    var backwardReads: [ValueID] { [] }

    func forward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[patches]
        embedTokensForward(
            batch: run.batch,
            patchCount: shape.rows,
            channels: shape.columns,
            patches: run[patches],
            classToken: classToken.map { run[$0] },
            positions: run[positions],
            output: run[output]
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let shape = run.graph[patches]
        embedTokensBackward(
            batch: run.batch,
            patchCount: shape.rows,
            channels: shape.columns,
            dOutput: run.gradient(output),
            dPatches: run.gradient(patches),
            dClassToken: classToken.map { run.gradient($0) },
            dPositions: run.gradient(positions),
            addParameters: run.addsParameters
        )
    }
}

extension GraphBuilder {
    /// * returns (patches + 1 with a class token) × channels per sample
    package mutating func tokenEmbedding(
        _ patches: ValueID,
        classToken: String?,
        positions: String,
        layer: String
    ) -> ValueID {
        let shape = self[patches]
        let tokens = shape.rows + (classToken == nil ? 0 : 1)
        let classToken = classToken.map { parameter($0, [1, 1, shape.columns], layer: layer) }
        let positions = parameter(positions, [1, tokens, shape.columns], layer: layer)
        let output = value("tokens", rows: tokens, columns: shape.columns)
        append(TokenEmbedding(patches: patches, output: output, classToken: classToken, positions: positions))
        return output
    }
}
