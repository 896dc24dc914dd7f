import Threads

/// The shape of a linear layer over rows, and of its three matrix products.
package struct LinearShape: Sendable {
    package let rows: Int
    package let inputs: Int
    package let outputs: Int

    package init(rows: Int, inputs: Int, outputs: Int) {
        self.rows = rows
        self.inputs = inputs
        self.outputs = outputs
    }

    /// x·Wᵀ.
    package var forward: MatrixProduct {
        MatrixProduct(rows: rows, columns: outputs, inner: inputs, transposeRight: true)
    }

    /// dW = dyᵀ·x.
    package var weightGradient: MatrixProduct {
        MatrixProduct(rows: outputs, columns: inputs, inner: rows, transposeLeft: true)
    }

    /// dx = dy·W.
    package var inputGradient: MatrixProduct {
        MatrixProduct(rows: rows, columns: inputs, inner: outputs)
    }
}

/// A linear layer's weight rounded to bfloat16, and room for rounded rows beside it: rows × (inputs + outputs).
package struct RoundedWeight {
    package let weight: UnsafePointer<UInt16>
    package let rows: UnsafeMutablePointer<UInt16>

    package init(weight: UnsafePointer<UInt16>, rows: UnsafeMutablePointer<UInt16>) {
        self.weight = weight
        self.rows = rows
    }
}

/// y = x·Wᵀ + b, and what `epilogue` says.
///
/// * `input`: rows × inputs
/// * `weight`: outputs × inputs
/// * `rounded`: makes the product in bfloat16 instead, by this weight
/// * `epilogue`: of outputs columns
/// * `output`: rows × outputs
@specialized(where R == Float)
package func linearForward<R: Real>(
    on team: Team,
    rows: Int,
    inputs: Int,
    outputs: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    rounded: RoundedWeight? = nil,
    epilogue: Epilogue<R>,
    output: UnsafeMutablePointer<R>
) {
    if let rounded { round(on: team, (rows * inputs, input), into: rounded.rows) }
    let shape = LinearShape(rows: rows, inputs: inputs, outputs: outputs).forward
    let grid = MatrixProduct.Grid(shape)
    let product = epilogue.place(in: output)
    team.run(grid.tiles) { index in
        let tile = shape.tile(index, of: grid)
        if let rounded {
            R.kernels.roundedProduct(tile, rounded.rows, rounded.weight, false, product)
        } else {
            multiply(tile, input, weight, into: product)
        }
        epilogue.finish(
            rows: tile.rows.count,
            stride: outputs,
            columns: tile.columns.count,
            first: tile.columns.lowerBound,
            start: tile.output,
            output: output
        )
    }
}

/// The gradients of `linearForward`: dx = dy·W, dW = dyᵀ·x, db = Σ over rows of dy.
///
/// * `rounded`: makes the products in bfloat16 instead, by this weight
/// * `dInput`: nil where the input needs no gradient
/// * `addInput`: adds to `dInput` instead of overwriting it
/// * `addParameters`: adds to `dWeight` and `dBias` instead of overwriting them
@specialized(where R == Float)
package func linearBackward<R: Real>(
    on team: Team,
    rows: Int,
    inputs: Int,
    outputs: Int,
    input: UnsafePointer<R>,
    weight: UnsafePointer<R>,
    rounded: RoundedWeight? = nil,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>?,
    addInput: Bool,
    dWeight: UnsafeMutablePointer<R>,
    dBias: UnsafeMutablePointer<R>?,
    addParameters: Bool
) {
    let shape = LinearShape(rows: rows, inputs: inputs, outputs: outputs)
    let (weightGradient, inputGradient) = (shape.weightGradient, shape.inputGradient)
    if let rounded {
        round(on: team, (rows * inputs, input), (rows * outputs, dOutput), into: rounded.rows)
    }
    let (weightGrid, inputGrid) = (MatrixProduct.Grid(weightGradient), MatrixProduct.Grid(inputGradient))
    // All of them in one round, the longest first: none reads what another writes.
    let inputTiles = dInput == nil ? 0 : inputGrid.tiles
    let productTiles = inputTiles + weightGrid.tiles
    let biasTiles = dBias == nil ? 0 : (outputs + Tiling.columns - 1) / Tiling.columns
    team.run(productTiles + biasTiles) { index in
        if let dInput, index < inputTiles {
            let tile = inputGradient.tile(index, of: inputGrid)
            if let rounded {
                let dOutput = rounded.rows + rows * inputs
                R.kernels.roundedProduct(tile, dOutput, rounded.weight, addInput, dInput)
            } else {
                multiply(tile, dOutput, weight, keeping: addInput ? 1 : 0, into: dInput)
            }
        } else if index < productTiles {
            let tile = weightGradient.tile(index - inputTiles, of: weightGrid)
            if let rounded {
                let dOutput = rounded.rows + rows * inputs
                R.kernels.roundedProduct(tile, dOutput, rounded.rows, addParameters, dWeight)
            } else {
                multiply(tile, dOutput, input, keeping: addParameters ? 1 : 0, into: dWeight)
            }
        } else if let dBias {
            let first = (index - productTiles) * Tiling.columns
            let count = min(Tiling.columns, outputs - first)
            R.kernels.columnSums(rows, outputs, count, dOutput + first, dBias + first, addParameters)
        }
    }
}

/// Rounds numbers to the nearest bfloat16, as `roundToBFloat16`.
package func roundToBFloat16<R: Real>(
    on team: Team,
    count: Int,
    _ input: UnsafePointer<R>,
    into output: UnsafeMutablePointer<UInt16>
) {
    round(on: team, (count, input), into: output)
}

/// Rounds a matrix and, behind it, another one to bfloat16, in one round of the team.
func round<R: Real>(
    on team: Team,
    _ input: (count: Int, values: UnsafePointer<R>),
    _ dOutput: (count: Int, values: UnsafePointer<R>)? = nil,
    into rows: UnsafeMutablePointer<UInt16>
) {
    func tiles(_ count: Int) -> Int {
        let size = Tiling.elements(of: count)
        return (count + size - 1) / size
    }
    let first = tiles(input.count)
    team.run(first + tiles(dOutput?.count ?? 0)) { index in
        let (matrix, place) = index < first ? (input, rows) : (dOutput ?? input, rows + input.count)
        let size = Tiling.elements(of: matrix.count)
        let start = (index < first ? index : index - first) * size
        let count = min(size, matrix.count - start)
        R.kernels.roundToBFloat16(count, matrix.values + start, place + start)
    }
}
