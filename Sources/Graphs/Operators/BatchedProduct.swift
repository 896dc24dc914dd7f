import Kernels

/// Products of matrices, the last two dimensions, one for each place of the others: C = factor·op(A)·op(B).
struct BatchedProduct: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID
    let factor: Double
    let forwardShape: MatrixProduct
    /// Products of a sample.
    let repeats: Int

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [left, right] }
    var leavesUnwanted: Bool { true }

    /// dA = dC·op(B)ᵀ, or its transpose where A is read transposed.
    private var leftGradient: MatrixProduct {
        let shape = forwardShape
        return shape.transposeLeft
            ? MatrixProduct(
                rows: shape.inner,
                columns: shape.rows,
                inner: shape.columns,
                transposeLeft: shape.transposeRight,
                transposeRight: true
            )
            : MatrixProduct(
                rows: shape.rows,
                columns: shape.inner,
                inner: shape.columns,
                transposeRight: !shape.transposeRight
            )
    }

    /// dB = op(A)ᵀ·dC, or its transpose where B is read transposed.
    private var rightGradient: MatrixProduct {
        let shape = forwardShape
        return shape.transposeRight
            ? MatrixProduct(
                rows: shape.columns,
                columns: shape.inner,
                inner: shape.rows,
                transposeLeft: true,
                transposeRight: shape.transposeLeft
            )
            : MatrixProduct(
                rows: shape.inner,
                columns: shape.columns,
                inner: shape.rows,
                transposeLeft: !shape.transposeLeft
            )
    }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        func use(_ shape: MatrixProduct) -> ProductUse {
            ProductUse(shape: shape, weight: .none, repeats: batch * repeats)
        }
        let wanted = [(left, leftGradient), (right, rightGradient)].filter { graph[$0.0].needsGradient }
        return ([use(forwardShape)], wanted.map { use($0.1) })
    }

    func forward<R: Real>(_ run: Run<R>) {
        multiplyAll(run, forwardShape, run[left], run[right], into: run.output(output))
    }

    func backward<R: Real>(_ run: Run<R>) {
        let dOutput = UnsafePointer(run.gradient(output))
        if let dLeft = run.wanted(left) {
            forwardShape.transposeLeft
                ? multiplyAll(run, leftGradient, run[right], dOutput, into: dLeft)
                : multiplyAll(run, leftGradient, dOutput, run[right], into: dLeft)
        }
        if let dRight = run.wanted(right) {
            forwardShape.transposeRight
                ? multiplyAll(run, rightGradient, dOutput, run[left], into: dRight)
                : multiplyAll(run, rightGradient, run[left], dOutput, into: dRight)
        }
    }

    private func multiplyAll<R: Real>(
        _ run: Run<R>,
        _ shape: MatrixProduct,
        _ a: UnsafePointer<R>,
        _ b: UnsafePointer<R>,
        into c: UnsafeMutablePointer<R>
    ) {
        let (left, right) = (shape.rows * shape.inner, shape.inner * shape.columns)
        run.team.run(run.batch(output) * repeats) { index in
            multiply(
                shape,
                scale: R(factor),
                a + index * left,
                b + index * right,
                into: c + index * shape.rows * shape.columns
            )
        }
    }
}

extension GraphBuilder {
    /// * `left`: … × rows × inner, or the other way round where it is to be read transposed
    /// * `right`: … × inner × columns, likewise; the dimensions before them agree
    /// * returns … × rows × columns
    package mutating func batchedProduct(
        _ left: ValueID,
        _ right: ValueID,
        transposeLeft: Bool = false,
        transposeRight: Bool = false,
        factor: Double = 1,
        name: String
    ) throws(GraphError) -> ValueID {
        let (a, b) = (self[left].shape, self[right].shape)
        func misfit() -> GraphError { GraphError(name, "no products of matrices \(a) and \(b)") }
        guard a.count == b.count, a.count >= 2, a.dropLast(2) == b.dropLast(2),
            self[left].hasSamples == self[right].hasSamples
        else { throw misfit() }
        let last = a.count - 1
        let (rows, inner) = transposeLeft ? (a[last], a[last - 1]) : (a[last - 1], a[last])
        let (height, columns) = transposeRight ? (b[last], b[last - 1]) : (b[last - 1], b[last])
        guard inner == height else { throw misfit() }
        let shape = MatrixProduct(
            rows: rows,
            columns: columns,
            inner: inner,
            transposeLeft: transposeLeft,
            transposeRight: transposeRight
        )
        let output = output(name, a.dropLast(2) + [rows, columns], of: [left, right])
        append(
            BatchedProduct(
                left: left,
                right: right,
                output: output,
                factor: factor,
                forwardShape: shape,
                repeats: a.dropLast(2).reduce(1, *)
            )
        )
        return output
    }
}
