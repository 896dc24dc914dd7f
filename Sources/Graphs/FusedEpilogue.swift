import Kernels

/// What follows a product element by element and is done with its tiles: y = f(x + residual).
struct FusedEpilogue: Sendable {
    /// As large as the output.
    var residual: ValueID?
    var function: Function?
    /// What the function is given, kept for the backward pass where y does not tell the slope.
    var argument: ValueID?

    var inputs: [ValueID] { residual.map { [$0] } ?? [] }
    var kept: [ValueID] { argument.map { [$0] } ?? [] }

    func backwardReads(_ output: ValueID) -> [ValueID] { function == nil ? [] : [argument ?? output] }

    func forward<R: Real>(_ run: Run<R>, bias: ValueID?) -> Epilogue<R> {
        Epilogue(
            bias: bias.map { run[$0] },
            residual: residual.map { run[$0] },
            function: function,
            kept: run.isTraining ? argument.map { run.output($0) } : nil
        )
    }

    /// Turns the gradient of `output` into that of the product, in place, and gives the residual its part.
    func backward<R: Real>(_ run: Run<R>, _ output: ValueID) -> UnsafePointer<R> {
        let gradient = run.gradient(output)
        if let function {
            functionBackward(
                on: run.team,
                function,
                count: run.count(output),
                value: run[argument ?? output],
                dOutput: gradient,
                dInput: gradient,
                adding: false
            )
        }
        if let residual, let dResidual = run.wanted(residual) {
            copy(
                on: run.team,
                count: run.count(output),
                gradient,
                into: dResidual,
                adding: run.adds(residual)
            )
        }
        return UnsafePointer(gradient)
    }
}

/// A product that can do with its tiles what follows it.
protocol ProductOperator: Operator {
    var output: ValueID { get set }
    var epilogue: FusedEpilogue { get set }
}
