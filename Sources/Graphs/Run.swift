import Kernels
import Threads

/// What an operator works on during one pass over a micro-batch, or over parameters alone.
package struct Run<R: Real> {
    /// Samples in the micro-batch.
    let samples: Int
    /// Whether gradients of parameters are added to what is there, rather than overwriting it.
    let addsParameters: Bool
    /// The same of values made of parameters.
    let addsShared: Bool
    let graph: Graph
    let plan: BufferPlan
    /// Whether a backward pass follows, or is this one.
    let isTraining: Bool
    /// Who works on the micro-batch.
    let team: Team
    let arena: UnsafeMutablePointer<R>
    let parameters: UnsafePointer<R>
    let shared: UnsafeMutablePointer<R>
    let parameterGradient: UnsafeMutablePointer<R>?
    let sharedGradient: UnsafeMutablePointer<R>?
    /// Where products are in bfloat16: all parameters rounded, and room for rounded rows.
    let rounded: RoundedWeight?
    /// The same of values made of parameters alone.
    let roundedShared: UnsafePointer<UInt16>?
    /// Where batch norms that take the batch's statistics put them: `Graph.statisticRanges`, one after another.
    var statistics: UnsafeMutablePointer<Double>?
    var operatorIndex = 0

    /// The value's elements, to be read: of every sample where there are samples.
    subscript(value: ValueID) -> UnsafePointer<R> {
        guard case .parameters(let range) = graph[value].place else { return UnsafePointer(output(value)) }
        return parameters + graph.layout.parameters[range.lowerBound].range.lowerBound
    }

    /// Where the value's elements are to be written.
    func output(_ value: ValueID) -> UnsafeMutablePointer<R> {
        switch graph[value].place {
        case .samples: arena + plan.offset(of: value) * samples
        case .shared: shared + plan.offset(of: value)
        case .parameters: preconditionFailure("parameters are not written")
        }
    }

    /// Where the operator puts the gradient of a value, or finds it.
    func gradient(_ value: ValueID) -> UnsafeMutablePointer<R> {
        contribution(of: value) ?? wholeGradient(value)
    }

    func wholeGradient(_ value: ValueID) -> UnsafeMutablePointer<R> {
        switch graph[value].place {
        case .samples:
            return arena + plan.gradientOffset(of: value) * samples
        case .shared:
            guard let sharedGradient else { preconditionFailure("a forward pass has no gradient") }
            return sharedGradient + plan.offset(of: value)
        case .parameters(let range):
            guard let parameterGradient else { preconditionFailure("a forward pass has no gradient") }
            return parameterGradient + graph.layout.parameters[range.lowerBound].range.lowerBound
        }
    }

    /// Where the operator's part of a gradient lies that is added to what is there; nil where it writes or adds by itself.
    func contribution(of input: ValueID) -> UnsafeMutablePointer<R>? {
        guard let offset = plan.contribution(of: input, for: operatorIndex) else { return nil }
        guard !graph[input].hasSamples else { return arena + offset * samples }
        return isThere(input) ? sharedGradient.map { $0 + offset } : nil
    }

    /// The gradient of a value that wants one.
    func wanted(_ value: ValueID) -> UnsafeMutablePointer<R>? {
        graph[value].needsGradient ? gradient(value) : nil
    }

    /// Where what is seen of a statistic goes; nil where nobody asks.
    func statistics(of parameter: ValueID) -> UnsafeMutablePointer<Double>? {
        guard case .parameters(let range) = graph[parameter].place else { return nil }
        let start = graph.layout.parameters[range.lowerBound].range.lowerBound
        let before = graph.statisticRanges.prefix { $0.lowerBound < start }.reduce(0) { $0 + $1.count }
        return statistics.map { $0 + before }
    }

    /// A weight in bfloat16, where products are.
    func rounded(_ weight: ValueID) -> RoundedWeight? {
        guard let rounded, graph.canRound(weight) else { return nil }
        switch graph[weight].place {
        case .samples: return nil
        case .shared:
            guard let roundedShared else { preconditionFailure("no product in bfloat16 was planned for") }
            return RoundedWeight(weight: roundedShared + plan.offset(of: weight), rows: rounded.rows)
        case .parameters(let range):
            let start = graph.layout.parameters[range.lowerBound].range.lowerBound
            return RoundedWeight(weight: rounded.weight + start, rows: rounded.rows)
        }
    }

    /// Whether a gradient of `input` is there already, from an operator further down, so that this one's is added.
    func adds(_ input: ValueID) -> Bool { isThere(input) && contribution(of: input) == nil }

    private func isThere(_ input: ValueID) -> Bool {
        let isLast = graph.lastReaders[input.index] == operatorIndex
        return switch graph[input].place {
        case .samples: !isLast
        case .shared: addsShared || !isLast
        case .parameters: addsParameters || !isLast
        }
    }

    /// Whether the gradients of all of `inputs` are to be added: where that is so of some, the others become zero first.
    func adds(all inputs: [ValueID]) -> Bool {
        let fresh = inputs.filter { !adds($0) }
        guard fresh.count < inputs.count else { return false }
        for input in fresh { gradient(input).update(repeating: 0, count: count(input)) }
        return true
    }

    /// Samples of a value: one where it has none.
    func batch(_ value: ValueID) -> Int { graph[value].hasSamples ? samples : 1 }

    func rows(_ value: ValueID) -> Int { batch(value) * graph[value].rows }

    func count(_ value: ValueID) -> Int { batch(value) * graph[value].count }
}
