import Foundation
import Kernels
import Tensors
import Threads

/// Sums the flat gradients of lanes in the fixed tree as they are finished, in few buffers.
///
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
    func next() -> (lane: Int, buffer: Buffer)? {
        condition.lock()
        defer { condition.unlock() }
        while nextLane < root.upperBound, free.isEmpty { condition.wait() }
        guard nextLane < root.upperBound, let buffer = free.popLast() else { return nil }
        nextLane += 1
        return (nextLane - 1, buffer)
    }

    /// Takes a lane's gradient and adds up all that is now complete.
    ///
    /// * `isEmpty`: the lane had no samples: its gradient is nothing, rather than zero
    /// * `team`: adds up
    func finish(_ lane: Int, _ buffer: Buffer, isEmpty: Bool, team: Team) {
        var node = lane..<(lane + 1)
        var sum: Buffer? = isEmpty ? nil : buffer
        if isEmpty { recycle(buffer) }
        while let (parent, sibling) = SummationTree.parent(of: node, within: root) {
            condition.lock()
            guard let other = finished.removeValue(forKey: sibling) else {
                finished[node] = .some(sum)
                condition.unlock()
                return
            }
            condition.unlock()
            let (left, right) = node.lowerBound < sibling.lowerBound ? (sum, other) : (other, sum)
            if let left, let right {
                accumulate(on: team, count: left.count, right.base, into: left.base)
                recycle(right)
            }
            sum = left ?? right
            node = parent
        }
        condition.lock()
        finished[node] = .some(sum)
        condition.unlock()
    }

    /// The whole sum, valid until `restart`; nil where no lane had a sample.
    var total: Buffer? { finished[root] ?? nil }

    private func recycle(_ buffer: Buffer) {
        condition.lock()
        free.append(buffer)
        condition.broadcast()
        condition.unlock()
    }
}
