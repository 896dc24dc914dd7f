/// Where each value and gradient lies in the arena, so that values that never live at once share memory.
///
/// Time runs over the operators forward (0 ..< n), the loss (n) and the operators backward (2n − i for operator i). A value lives from
/// the operator that makes it to its last use; a gradient from the last consumer's backward step to its producer's.
/// Offsets and sizes are in elements per sample, whole multiples of 16; a batch of b scales them by b.
package struct BufferPlan: Sendable {
    /// Elements of the arena per sample.
    package let size: Int
    /// Elements per sample if nothing shared memory.
    package let unshared: Int
    private let offsets: [Int]
    private let gradientOffsets: [Int]
    private let lastConsumers: [Int]

    /// What is placed: a value or a gradient, and the steps between which it lives, inclusive.
    struct Interval: Equatable {
        let slot: Int
        let size: Int
        let birth: Int
        let death: Int

        func overlaps(_ other: Interval) -> Bool { birth <= other.death && other.birth <= death }
    }

    /// * `training`: false plans the forward pass alone.
    package init(_ graph: Graph, training: Bool) {
        lastConsumers = Self.lastConsumers(graph)
        let intervals = Self.intervals(graph, training: training, lastConsumers: lastConsumers)
        let places = Self.place(intervals)
        let count = graph.values.count
        offsets = (0..<count).map { places[$0] ?? 0 }
        gradientOffsets = (0..<count).map { places[count + $0] ?? 0 }
        size = intervals.map { (places[$0.slot] ?? 0) + $0.size }.max() ?? 0
        unshared = intervals.map(\.size).reduce(0, +)
    }

    func offset(of value: ValueID) -> Int { offsets[value.index] }
    func gradientOffset(of value: ValueID) -> Int { gradientOffsets[value.index] }
    func lastConsumer(of value: ValueID) -> Int { lastConsumers[value.index] }

    private static func lastConsumers(_ graph: Graph) -> [Int] {
        var last = Array(repeating: -1, count: graph.values.count)
        for (index, operation) in graph.operators.enumerated() {
            for input in operation.inputs { last[input.index] = index }
        }
        return last
    }

    static func intervals(_ graph: Graph, training: Bool, lastConsumers: [Int]) -> [Interval] {
        let loss = graph.operators.count
        let valueCount = graph.values.count
        var births = Array(repeating: 0, count: valueCount)
        var deaths = lastConsumers
        deaths[graph.logits.index] = loss
        var producers = Array(repeating: -1, count: valueCount)
        var backwardOnly = Set<Int>()
        for (index, operation) in graph.operators.enumerated() {
            for value in [operation.output] + operation.kept {
                births[value.index] = index
                deaths[value.index] = max(deaths[value.index], index)
            }
            producers[operation.output.index] = index
            guard training else {
                backwardOnly.formUnion(operation.scratch.map(\.index))
                continue
            }
            let backward = 2 * loss - index
            for value in operation.backwardReads {
                deaths[value.index] = max(deaths[value.index], backward)
            }
            for value in operation.scratch {
                births[value.index] = backward
                deaths[value.index] = backward
            }
        }
        var intervals = graph.values.indices.filter { !backwardOnly.contains($0) }.map { index in
            Interval(
                slot: index,
                size: graph.values[index].paddedCount,
                birth: births[index],
                death: deaths[index]
            )
        }
        guard training else { return intervals }
        for (index, value) in graph.values.enumerated() where producers[index] >= 0 && value.needsGradient {
            let birth = index == graph.logits.index ? loss : 2 * loss - lastConsumers[index]
            intervals.append(
                Interval(
                    slot: valueCount + index,
                    size: value.paddedCount,
                    birth: birth,
                    death: 2 * loss - producers[index]
                )
            )
        }
        return intervals
    }

    /// Largest first, each at the lowest place that is free during its whole life.
    static func place(_ intervals: [Interval]) -> [Int: Int] {
        var places: [Int: Int] = [:]
        var placed: [(interval: Interval, offset: Int)] = []
        let order = intervals.sorted { ($0.size, $1.birth, $1.slot) > ($1.size, $0.birth, $0.slot) }
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
    fileprivate var paddedCount: Int { (count + 15) / 16 * 16 }
}
