import Kernels
import Tensors
import Threads

/// What a graph makes of its parameters alone, once for all samples.
package final class SharedValues<R: Real> {
    private let graph: Graph
    private let plan: BufferPlan
    private let buffer: AlignedBuffer<R>
    /// The same in bfloat16; empty where no product is.
    private let roundedBuffer: AlignedBuffer<UInt16>

    /// * `precision`: bf16 rounds them, too
    package init(_ graph: Graph, precision: Precision = .f32) {
        self.graph = graph
        plan = BufferPlan(graph, training: false)
        buffer = AlignedBuffer(count: plan.sharedSize)
        roundedBuffer = AlignedBuffer(count: precision == .bf16 ? plan.sharedSize : 0)
        for (value, elements) in graph.constants {
            let target = buffer.base + plan.offset(of: value)
            if elements.count == 1 {
                target.update(repeating: R(elements[0]), count: graph[value].count)
            } else {
                for (index, element) in elements.enumerated() { target[index] = R(element) }
            }
        }
    }

    package var byteCount: Int { buffer.byteCount + roundedBuffer.byteCount }

    /// What `byteCount` is going to be.
    static func byteCount(_ graph: Graph, precision: Precision = .f32) -> Int {
        let rounded = precision == .bf16 ? MemoryLayout<UInt16>.stride : 0
        return BufferPlan(graph, training: false).sharedSize * (MemoryLayout<R>.stride + rounded)
    }

    var base: UnsafeMutablePointer<R> { buffer.base }

    /// nil where no product is in bfloat16.
    var rounded: UnsafePointer<UInt16>? {
        roundedBuffer.count > 0 ? UnsafePointer(roundedBuffer.base) : nil
    }

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
            isTraining: false,
            team: team,
            arena: buffer.base,
            parameters: parameters,
            shared: buffer.base,
            parameterGradient: nil,
            sharedGradient: nil,
            rounded: nil,
            roundedShared: nil
        )
        for index in 0..<graph.sharedOperators {
            before(index)
            run.operatorIndex = index
            graph.operators[index].forward(run)
        }
        guard roundedBuffer.count > 0 else { return }
        roundToBFloat16(on: team, count: buffer.count, UnsafePointer(buffer.base), into: roundedBuffer.base)
    }
}
