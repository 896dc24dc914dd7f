import Kernels

/// A position embedding made for one grid of patches, on another; rows of prefix tokens stay as they are.
struct PositionResample: Operator {
    let input: ValueID
    let output: ValueID
    let resampling: PositionResampling
    /// Rows of prefix tokens.
    let prefixRows: Int

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { [input] }

    func forward<R: Real>(_ run: Run<R>) {
        let channels = run.graph[output].columns
        let own = prefixRows * channels
        run.output(output).update(from: run[input], count: own)
        resamplePositionsForward(
            resampling,
            channels: channels,
            input: run[input] + own,
            output: run.output(output) + own
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        let channels = run.graph[output].columns
        let own = prefixRows * channels
        let adds = run.adds(input)
        copy(on: run.team, count: own, run.gradient(output), into: run.gradient(input), adding: adds)
        resamplePositionsBackward(
            resampling,
            channels: channels,
            dOutput: run.gradient(output) + own,
            dInput: run.gradient(input) + own,
            addInput: adds
        )
    }
}

extension GraphBuilder {
    /// * `positions`: rows of prefix tokens, then a row per cell of the grid that they are for
    /// * returns the rows of prefix tokens, then a row per cell of the grid that is wanted, × channels
    mutating func positionResampling(
        _ positions: ValueID,
        _ resampling: PositionResampling,
        after prefixRows: Int,
        channels: Int
    ) -> ValueID {
        let output = output(
            "\(self[positions].name).resampled",
            [prefixRows + resampling.target.count, channels],
            of: [positions]
        )
        append(
            PositionResample(
                input: positions,
                output: output,
                resampling: resampling,
                prefixRows: prefixRows
            )
        )
        return output
    }
}
