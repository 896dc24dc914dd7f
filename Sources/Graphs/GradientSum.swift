import Foundation
import Kernels
import Tensors
import Threads

/// Sums the flat gradients of lanes in the fixed tree, in few buffers.
///
/// What there are buffers for waits until the last lane is done: then all threads add it up at once, reading each buffer once.
/// Lanes are handed out in order, each with its buffer, so that a thread that waits for one always waits for lanes
/// in flight, never for ones not begun.
final class GradientSum: @unchecked Sendable {
    typealias Buffer = AlignedBuffer<Float>

    private let condition = NSCondition()
    private let root: Range<Int>
    private let buffers: [Buffer]
    private var free: [Buffer]
    private var finished: [Range<Int>: Buffer?] = [:]
    private var nextLane: Int

    init(root: Range<Int>, buffers: Int, elements: Int) {
        self.root = root
        self.buffers = (0..<buffers).map { _ in Buffer(count: elements) }
        free = []
        nextLane = root.upperBound
    }

    var byteCount: Int { buffers.map(\.byteCount).reduce(0, +) }

    /// Forgets the last sum and begins a new one.
    func restart() {
        free = buffers
        finished = [:]
        nextLane = root.lowerBound
    }

    /// The next lane and a buffer for its gradient; nil when all are handed out.
    ///
    /// * `team`: adds up finished lanes where no buffer is free
    func next(team: Team) -> (lane: Int, buffer: Buffer)? {
        condition.lock()
        defer { condition.unlock() }
        while nextLane < root.upperBound, free.isEmpty {
            guard let (parent, left, right) = finishedPair() else {
                condition.wait()
                continue
            }
            let sum = finished.removeValue(forKey: left) ?? nil
            let added = finished.removeValue(forKey: right) ?? nil
            if let sum, let added {
                condition.unlock()
                accumulate(on: team, count: sum.count, added.base, into: sum.base)
                condition.lock()
                free.append(added)
            }
            finished[parent] = .some(sum ?? added)
            condition.broadcast()
        }
        guard nextLane < root.upperBound, let buffer = free.popLast() else { return nil }
        nextLane += 1
        return (nextLane - 1, buffer)
    }

    /// Takes a lane's gradient.
    ///
    /// * `isEmpty`: the lane had no samples: its gradient is nothing, rather than zero
    func finish(_ lane: Int, _ buffer: Buffer, isEmpty: Bool) {
        condition.lock()
        finished[lane..<(lane + 1)] = .some(isEmpty ? nil : buffer)
        if isEmpty { free.append(buffer) }
        condition.broadcast()
        condition.unlock()
    }

    /// The whole sum when all lanes are finished, valid until `restart`; nil where no lane had a sample.
    func total(on team: Team) -> Buffer? {
        guard !root.isEmpty else { return nil }
        var additions: [(sum: Buffer, added: Buffer)] = []
        func node(_ leaves: Range<Int>) -> Range<Int> {
            root.lowerBound + leaves.lowerBound..<root.lowerBound + leaves.upperBound
        }
        let total = SummationTree(leaves: root.count).fold(
            { finished[node($0)] ?? nil },
            { finished.keys.contains(node($0)) },
            combine: { left, right in
                additions.append((left, right))
                return left
            }
        )
        guard let total else { return nil }
        team.run(additions.isEmpty ? 0 : total.count, by: 1 << 14) { part in
            for (sum, added) in additions {
                let start = part.lowerBound
                accumulate(on: .alone, count: part.count, added.base + start, into: sum.base + start)
            }
        }
        finished = [root: total]
        return total
    }

    /// Two finished halves of a node that is not finished itself.
    private func finishedPair() -> (parent: Range<Int>, left: Range<Int>, right: Range<Int>)? {
        for node in finished.keys {
            guard let (parent, sibling) = SummationTree.parent(of: node, within: root),
                finished.keys.contains(sibling)
            else { continue }
            return node.lowerBound < sibling.lowerBound ? (parent, node, sibling) : (parent, sibling, node)
        }
        return nil
    }
}
