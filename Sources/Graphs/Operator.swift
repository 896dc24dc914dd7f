import Kernels

/// One step of a graph: a forward kernel and its backward twin over planned buffers.
package protocol Operator: Sendable {
    /// Values read by the forward pass, parameters among them; those that need a gradient get one from the backward pass.
    var inputs: [ValueID] { get }
    /// What the operator computes; its gradient is whole when `backward` runs.
    var output: ValueID { get }
    /// What `forward` makes beside its output.
    var kept: [ValueID] { get }
    /// The same where `run.isTraining`, for `backward` alone.
    var keptInTraining: [ValueID] { get }
    /// Values that `backward` reads, of the inputs, the output and what is kept: they live until then.
    var backwardReads: [ValueID] { get }
    /// What `backward` needs for itself while it runs.
    var scratch: [ValueID] { get }

    /// Inputs to whose gradients `backward` adds where `run.adds` says so; to others' the plan adds.
    var addsTo: [ValueID] { get }
    /// Whether `backward` leaves out the gradients that nobody wants; where it does not, they have a place to go.
    var leavesUnwanted: Bool { get }

    /// The matrix products of a forward and of a backward pass over `batch` samples.
    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse])

    /// The weight that products in bfloat16 read rounded, where it is parameters, and the elements per sample of the rows
    /// that they are with; nil where there are none.
    func roundedWeight(in graph: Graph) -> (weight: ValueID, rowElements: Int)?

    func forward<R: Real>(_ run: Run<R>)

    /// Writes the gradients of the inputs that want one, or adds to them (`addsTo`); may write over that of its output.
    func backward<R: Real>(_ run: Run<R>)
}

extension Operator {
    package var kept: [ValueID] { [] }
    package var keptInTraining: [ValueID] { [] }
    package var scratch: [ValueID] { [] }
    package var addsTo: [ValueID] { [] }
    package var leavesUnwanted: Bool { false }

    package func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        ([], [])
    }

    package func roundedWeight(in graph: Graph) -> (weight: ValueID, rowElements: Int)? { nil }
}
