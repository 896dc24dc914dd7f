import Kernels
import Threads

/// One step of a graph: a forward kernel and its backward twin over planned buffers.
package protocol Operator: Sendable {
    /// Values read by the forward pass; those that need a gradient get one from the backward pass.
    var inputs: [ValueID] { get }
    /// What the operator computes; its gradient is whole when `backward` runs.
    var output: ValueID { get }
    /// What `forward` makes beside its output for `backward` alone.
    var kept: [ValueID] { get }
    /// Values that `backward` reads, of the inputs, the output and `kept`: they live until then.
    var backwardReads: [ValueID] { get }
    /// What `backward` needs for itself while it runs.
    var scratch: [ValueID] { get }

    /// Whether `backward` can add to an input's gradient; otherwise it must be that input's last consumer.
    var canAdd: Bool { get }

    /// The matrix products of a forward and of a backward pass over `batch` samples.
    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse])

    /// The weight that products in bfloat16 read rounded, and the elements per sample of the rows that they are with; nil
    /// where there are none.
    func roundedWeight(in graph: Graph) -> (range: Range<Int>, rowElements: Int)?

    func forward<R: Real>(_ run: Run<R>)

    /// Writes the gradients of the inputs (adding where `run.adds` says so) and of the parameters.
    func backward<R: Real>(_ run: Run<R>)
}

extension Operator {
    package var kept: [ValueID] { [] }
    package var scratch: [ValueID] { [] }
    package var canAdd: Bool { false }

    package func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        ([], [])
    }

    package func roundedWeight(in graph: Graph) -> (range: Range<Int>, rowElements: Int)? { nil }
}

/// What an operator works on during one pass over a micro-batch.
package struct Run<R: Real> {
    /// Samples in the micro-batch.
    package let batch: Int
    /// Whether parameter gradients are added to what is there, rather than overwriting it.
    let addsParameters: Bool
    let graph: Graph
    let plan: BufferPlan
    /// Who works on the micro-batch.
    let team: Team
    let arena: UnsafeMutablePointer<R>
    let parameters: UnsafePointer<R>
    let parameterGradient: UnsafeMutablePointer<R>?
    /// Where products are in bfloat16: all parameters rounded, and room for rounded rows.
    var rounded: RoundedWeight?
    var operatorIndex = 0

    /// The value's elements: (batch · rows) × columns.
    subscript(value: ValueID) -> UnsafeMutablePointer<R> {
        arena + plan.offset(of: value) * batch
    }

    func gradient(_ value: ValueID) -> UnsafeMutablePointer<R> {
        arena + plan.gradientOffset(of: value) * batch
    }

    subscript(parameter: ParameterID) -> UnsafePointer<R> {
        parameters + graph.layout.parameters[parameter.index].range.lowerBound
    }

    func gradient(_ parameter: ParameterID) -> UnsafeMutablePointer<R> {
        guard let parameterGradient else {
            preconditionFailure("a forward-only run has no parameter gradient")
        }
        return parameterGradient + graph.layout.parameters[parameter.index].range.lowerBound
    }

    func rounded(_ parameter: ParameterID) -> RoundedWeight? {
        rounded.map {
            let start = graph.layout.parameters[parameter.index].range.lowerBound
            return RoundedWeight(weight: $0.weight + start, rows: $0.rows)
        }
    }

    /// Whether a gradient of `input` is there already, from an operator further down, so that this one's is added.
    func adds(_ input: ValueID) -> Bool {
        plan.lastConsumer(of: input) != operatorIndex
    }

    func rows(_ value: ValueID) -> Int { batch * graph[value].rows }

    func count(_ value: ValueID) -> Int { batch * graph[value].count }
}
