import Graphs
import MessagePassing
import Tensors
import Threads

/// What travels of the model between ranks: the combined parameters to all of them, gradients to who owns them.
package final class ModelTravel {
    package let parameters: AlignedBuffer<Float>
    /// What a step's products in bfloat16 read.
    private let roundedParameters: RoundedParameters?
    let gathering: ParameterGather
    /// Nil where this rank is alone, or nothing is learned.
    let reduction: GradientReduction?
    /// Buckets in the order in which a step needs them.
    let schedule: ParameterSchedule

    /// * `tree`: of the lanes
    /// * `learns`: whether there are steps
    /// * `rounds`: whether their products are in bfloat16
    package init(
        _ transport: any Transport,
        _ graph: Graph,
        _ slices: ParameterShares,
        tree: SummationTree,
        team: Team,
        learns: Bool,
        rounds: Bool
    ) {
        let queue = ExchangeQueue(transport)
        parameters = AlignedBuffer(count: graph.layout.count)
        roundedParameters = learns && rounds ? RoundedParameters(graph, slices) : nil
        gathering = ParameterGather(
            transport,
            queue,
            slices,
            parameters,
            rounded: roundedParameters,
            team: team
        )
        reduction =
            learns && transport.size > 1
            ? GradientReduction(transport, queue, tree: tree, slices: slices) : nil
        schedule = ParameterSchedule(graph, parts: slices.buckets.map(\.elements))
    }

    /// The combined model in bfloat16, where a step's products read that.
    package var rounded: UnsafePointer<UInt16>? { roundedParameters?.base }

    /// This rank's slice of the summed gradient; nil where this rank is alone: the lanes' sum is that already.
    package var gradient: UnsafeBufferPointer<Float>? { reduction?.slice }

    /// Makes the combined model whole on every rank, in float32.
    package func gather() throws { try gathering.gather() }

    /// Begins a step.
    ///
    /// * `contributes`: which ranks have samples
    package func step(contributes: [Bool]) -> StepTravel {
        StepTravel(gathering, reduction, schedule, contributes: contributes)
    }

    package var parameterBytes: Int { parameters.byteCount + (roundedParameters?.byteCount ?? 0) }
    package var gradientBytes: Int { reduction?.sliceBytes ?? 0 }
    package var messageBytes: Int { reduction?.messageBytes ?? 0 }
}
