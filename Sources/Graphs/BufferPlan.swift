/// Where each value and gradient lies, so that values of samples that never live at once share memory in the arena.
///
/// Time runs over the operators forward (0 ..< n), the loss (n) and the operators backward (2n − i for operator i). A value
/// lives from the operator that makes it to its last use; a gradient from the last reader's backward step to its maker's.
/// Where an operator that does not add is not the last reader, its part of the gradient has a place of its own for that step.
/// Offsets and sizes are in elements per sample, whole multiples of 16; a batch of b scales them by b. Values made of
/// parameters alone lie one after another, elsewhere, and so do their gradients; behind these is room for the parts of them,
/// and of parameters' gradients, that operators do not add.
package struct BufferPlan: Sendable {
    /// Elements of the arena per sample.
    package let size: Int
    /// Elements per sample if nothing shared memory.
    package let unshared: Int
    /// Elements of values made of parameters alone.
    let sharedSize: Int
    /// Elements of their gradients, with those of parts.
    let sharedGradientSize: Int
    /// By value: of its storage.
    private let offsets: [Int]
    private let gradientOffsets: [Int]
    private let contributions: [Contribution: Int]

    /// A part of a gradient that is added to it after the operator's backward step.
    struct Contribution: Hashable {
        let value: ValueID
        let operatorIndex: Int
    }

    /// What takes up room in the arena.
    enum Slot: Hashable {
        case value(ValueID)
        case gradient(ValueID)
        case contribution(Contribution)

        /// Ascending by kind, then by place in the graph.
        var order: (Int, Int, Int) {
            switch self {
            case .value(let value): (0, value.index, 0)
            case .gradient(let value): (1, value.index, 0)
            case .contribution(let part): (2, part.operatorIndex, part.value.index)
            }
        }
    }

    /// What is placed, and the steps between which it lives, inclusive.
    struct Interval: Equatable {
        let slot: Slot
        let size: Int
        let birth: Int
        let death: Int

        func overlaps(_ other: Interval) -> Bool { birth <= other.death && other.birth <= death }
    }

    /// * `training`: false plans the forward pass alone.
    package init(_ graph: Graph, training: Bool) {
        let intervals = Self.intervals(graph, training: training)
        let places = Self.place(intervals)
        var sharedOffsets: [ValueID: Int] = [:]
        var sharedSize = 0
        for value in graph.values where value.place == .shared && sharedOffsets[value.storage] == nil {
            sharedOffsets[value.storage] = sharedSize
            sharedSize += graph[value.storage].paddedCount
        }
        self.sharedSize = sharedSize
        offsets = graph.values.map { places[.value($0.storage)] ?? sharedOffsets[$0.storage] ?? 0 }
        gradientOffsets = graph.values.map { places[.gradient($0.storage)] ?? 0 }
        var contributions = places.reduce(into: [Contribution: Int]()) { found, place in
            if case .contribution(let part) = place.key { found[part] = place.value }
        }
        var end = sharedSize
        for (index, operation) in graph.operators.enumerated() where training {
            var offset = sharedSize
            for input in operation.inputs
            where !graph[input].hasSamples && graph[input].needsGradient
                && !operation.addsTo.contains(input)
            {
                contributions[Contribution(value: input, operatorIndex: index)] = offset
                offset += graph[input].paddedCount
            }
            end = max(end, offset)
        }
        self.contributions = contributions
        sharedGradientSize = end
        size = intervals.map { (places[$0.slot] ?? 0) + $0.size }.max() ?? 0
        unshared = intervals.map(\.size).reduce(0, +)
    }

    func offset(of value: ValueID) -> Int { offsets[value.index] }

    /// Where the whole gradient of a value of samples lies.
    func gradientOffset(of value: ValueID) -> Int { gradientOffsets[value.index] }

    /// The place of a part of a gradient that is to be added to it; nil where the operator writes or adds by itself.
    ///
    /// Of values without samples it is behind their gradients.
    func contribution(of value: ValueID, for operatorIndex: Int) -> Int? {
        contributions.isEmpty
            ? nil : contributions[Contribution(value: value, operatorIndex: operatorIndex)]
    }

    static func intervals(_ graph: Graph, training: Bool) -> [Interval] {
        let loss = graph.operators.count
        var births: [ValueID: Int] = [:]
        var deaths: [ValueID: Int] = [:]
        var makers: [ValueID: Int] = [:]
        func live(_ value: ValueID, at step: Int) {
            let storage = graph[value].storage
            births[storage] = min(births[storage] ?? step, step)
            deaths[storage] = max(deaths[storage] ?? step, step)
        }
        live(graph.images, at: 0)
        live(graph.logits, at: loss)
        for (index, operation) in graph.operators.enumerated() {
            let kept = operation.kept + (training ? operation.keptInTraining : [])
            for value in [operation.output] + kept + operation.inputs { live(value, at: index) }
            makers[graph[operation.output].storage] = index
            guard training else { continue }
            for value in operation.backwardReads + operation.scratch { live(value, at: 2 * loss - index) }
        }
        func interval(_ slot: Slot, _ value: ValueID, _ birth: Int, _ death: Int) -> Interval {
            Interval(slot: slot, size: graph[value].paddedCount, birth: birth, death: death)
        }
        let stored = births.keys.filter { graph[$0].hasSamples }
            .sorted { $0.index < $1.index }
        let intervals = stored.map { interval(.value($0), $0, births[$0] ?? 0, deaths[$0] ?? 0) }
        guard training else { return intervals }
        let gradients = stored.filter { graph[$0].needsGradient }.compactMap { value in
            makers[value].map { maker in
                let last = value == graph[graph.logits].storage ? loss : graph.lastReaders[value.index]
                return interval(.gradient(value), value, 2 * loss - last, 2 * loss - maker)
            }
        }
        return intervals + gradients + contributions(graph)
    }

    /// The parts of gradients of samples that operators do not add by themselves, and those that nobody wants.
    private static func contributions(_ graph: Graph) -> [Interval] {
        let loss = graph.operators.count
        return graph.operators.enumerated().flatMap { index, operation in
            operation.inputs.filter { input in
                guard graph[input].hasSamples, graph[operation.output].needsGradient else { return false }
                return graph[input].needsGradient
                    ? !operation.addsTo.contains(input) && graph.lastReaders[input.index] != index
                    : !operation.leavesUnwanted
            }.map {
                Interval(
                    slot: .contribution(Contribution(value: $0, operatorIndex: index)),
                    size: graph[$0].paddedCount,
                    birth: 2 * loss - index,
                    death: 2 * loss - index
                )
            }
        }
    }

    /// Largest first, each at the lowest place that is free during its whole life.
    static func place(_ intervals: [Interval]) -> [Slot: Int] {
        var places: [Slot: Int] = [:]
        var placed: [(interval: Interval, offset: Int)] = []
        let order = intervals.sorted {
            ($0.size, $1.birth) != ($1.size, $0.birth)
                ? ($0.size, $1.birth) > ($1.size, $0.birth) : $0.slot.order < $1.slot.order
        }
        for interval in order {
            var offset = 0
            let neighbours = placed.filter { $0.interval.overlaps(interval) }.sorted { $0.offset < $1.offset }
            for neighbour in neighbours {
                if offset + interval.size <= neighbour.offset { break }
                offset = max(offset, neighbour.offset + neighbour.interval.size)
            }
            places[interval.slot] = offset
            placed.append((interval, offset))
        }
        return places
    }
}

extension Value {
    /// Elements per sample rounded up to 64 bytes of float32, so that every buffer is aligned.
    var paddedCount: Int { (count + 15) / 16 * 16 }
}
