import Kernels

/// The greatest of every window of an image.
struct MaxPooling: Operator {
    let input: ValueID
    let output: ValueID
    let windows: PoolingWindows
    /// Images of a sample.
    let images: Int

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [input, output] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        maxPoolForward(
            on: run.team,
            windows,
            images: run.batch(input) * images,
            channels: run.graph[input].columns,
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        maxPoolBackward(
            on: run.team,
            windows,
            images: run.batch(input) * images,
            channels: run.graph[input].columns,
            input: run[input],
            output: run[output],
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

/// The weighted sum of every window of an image.
struct AveragePooling: Operator {
    let input: ValueID
    let output: ValueID
    let windows: PoolingWindows
    /// Images of a sample.
    let images: Int

    var inputs: [ValueID] { [input] }
    var backwardReads: [ValueID] { [] }
    var addsTo: [ValueID] { inputs }

    func forward<R: Real>(_ run: Run<R>) {
        averagePoolForward(
            on: run.team,
            windows,
            images: run.batch(input) * images,
            channels: run.graph[input].columns,
            input: run[input],
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        averagePoolBackward(
            on: run.team,
            windows,
            images: run.batch(input) * images,
            channels: run.graph[input].columns,
            dOutput: run.gradient(output),
            dInput: run.gradient(input),
            adding: run.adds(input)
        )
    }
}

extension GraphBuilder {
    /// * `input`: images × height × width × channels of a sample
    /// * returns images × windows' rows × windows' columns × channels
    package mutating func maxPooling(_ input: ValueID, _ windows: PoolingWindows, name: String)
        throws(GraphError) -> ValueID
    {
        let output = try pooled(input, windows, name: name)
        let images = self[input].shape[0]
        append(MaxPooling(input: input, output: output, windows: windows, images: images))
        return output
    }

    /// The same of averages.
    package mutating func averagePooling(_ input: ValueID, _ windows: PoolingWindows, name: String)
        throws(GraphError) -> ValueID
    {
        let output = try pooled(input, windows, name: name)
        let images = self[input].shape[0]
        append(AveragePooling(input: input, output: output, windows: windows, images: images))
        return output
    }

    private mutating func pooled(_ input: ValueID, _ windows: PoolingWindows, name: String)
        throws(GraphError) -> ValueID
    {
        let shape = self[input].shape
        func fit(_ ranges: [Range<Int>], _ size: Int) -> Bool {
            !ranges.isEmpty
                && ranges.allSatisfy { !$0.isEmpty && $0.lowerBound >= 0 && $0.upperBound <= size }
        }
        guard shape.count == 4, windows.height == shape[1], windows.width == shape[2],
            fit(windows.rows, shape[1]), fit(windows.columns, shape[2])
        else {
            let size = "\(windows.height) × \(windows.width)"
            throw GraphError(
                name,
                "\(shape) does not fit windows over \(size) pixels, each with some of them"
            )
        }
        return output(name, [shape[0], windows.rows.count, windows.columns.count, shape[3]], of: [input])
    }
}
