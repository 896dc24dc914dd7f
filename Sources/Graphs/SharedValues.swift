import Kernels
import Tensors
import Threads

/// What a graph makes of its parameters alone, once for all samples.
package final class SharedValues<R: Real> {
    private let graph: Graph
    private let plan: BufferPlan
    private let buffer: AlignedBuffer<R>

    package init(_ graph: Graph) {
        self.graph = graph
        plan = BufferPlan(graph, training: false)
        buffer = AlignedBuffer(count: plan.sharedSize)
        for (value, elements) in graph.constants {
            let target = buffer.base + plan.offset(of: value)
            if elements.count == 1 {
                target.update(repeating: R(elements[0]), count: graph[value].count)
            } else {
                for (index, element) in elements.enumerated() { target[index] = R(element) }
            }
        }
    }

    package var byteCount: Int { buffer.byteCount }

    /// What `byteCount` is going to be.
    static func byteCount(_ graph: Graph) -> Int {
        BufferPlan(graph, training: false).sharedSize * MemoryLayout<R>.stride
    }

    var base: UnsafeMutablePointer<R> { buffer.base }

    /// * `before`: called before each operator's step
    package func make(
        of parameters: UnsafePointer<R>,
        on team: Team,
        before: (_ index: Int) -> Void = { _ in }
    ) {
        var run = Run(
            samples: 1,
            addsParameters: false,
            addsShared: false,
            graph: graph,
            plan: plan,
            team: team,
            arena: buffer.base,
            parameters: parameters,
            shared: buffer.base,
            parameterGradient: nil,
            sharedGradient: nil,
            rounded: nil
        )
        for index in 0..<graph.sharedOperators {
            before(index)
            run.operatorIndex = index
            graph.operators[index].forward(run)
        }
    }
}
