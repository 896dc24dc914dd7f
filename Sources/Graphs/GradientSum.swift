import Foundation
import Kernels
import Tensors
import Threads

/// Sums the flat gradients of lanes in the fixed tree, in few buffers, and lets go of the sum part by part.
///
/// What there are buffers for waits until the last lane is done, or has the whole gradient of a part: then it is added up at
/// once, reading each buffer once. Lanes are handed out in order, each with its buffer, so that a thread that waits for
/// one always waits for lanes in flight, never for ones not begun.
final class GradientSum: @unchecked Sendable {
    typealias Buffer = AlignedBuffer<Float>
    /// Takes a part of the sum by its place among the parts; nil where no lane had a sample.
    typealias Leave = (_ part: Int, _ sum: UnsafeMutablePointer<Float>?) -> Void

    private let condition = NSCondition()
    private let root: Range<Int>
    private let buffers: [Buffer]
    private var free: [Buffer] = []
    private var finished: [Range<Int>: Buffer?] = [:]
    /// By lane in flight, its buffer, and how many parts of its gradient are whole.
    private var inFlight: [Int: (buffer: Buffer, whole: Int)] = [:]
    private var nextLane: Int
    /// Threads that add up two finished halves.
    private var adding = 0
    private var isFailed = false
    private var parts: [Range<Int>] = []
    private var leave: Leave = { _, _ in }
    /// Parts that have left.
    private var left = 0
    /// Whether a thread lets parts go.
    private var isLeaving = false

    init(root: Range<Int>, buffers: Int, elements: Int) {
        self.root = root
        self.buffers = (0..<buffers).map { _ in Buffer(count: elements) }
        nextLane = root.upperBound
    }

    var byteCount: Int { buffers.map(\.byteCount).reduce(0, +) }

    /// Forgets the last sum and begins a new one.
    ///
    /// * `parts`: elements, in the order in which they leave
    func restart(parts: [Range<Int>], leave: @escaping Leave = { _, _ in }) {
        free = buffers
        finished = [:]
        inFlight = [:]
        nextLane = root.lowerBound
        isFailed = false
        self.parts = parts
        self.leave = leave
        left = 0
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
                adding += 1
                condition.unlock()
                accumulate(on: team, count: sum.count, added.base, into: sum.base)
                condition.lock()
                adding -= 1
                free.append(added)
            }
            finished[parent] = .some(sum ?? added)
            condition.broadcast()
        }
        guard nextLane < root.upperBound, let buffer = free.popLast() else { return nil }
        inFlight[nextLane] = (buffer, 0)
        nextLane += 1
        return (nextLane - 1, buffer)
    }

    /// Takes note that the first `whole` parts of a lane's gradient are; lets those go that are whole in all lanes.
    ///
    /// * `team`: adds them up
    func advance(_ lane: Int, whole: Int, team: Team) {
        condition.lock()
        defer { condition.unlock() }
        inFlight[lane]?.whole = whole
        guard !isLeaving else { return }
        isLeaving = true
        while isNextWhole {
            let (total, additions) = pendingSum()
            let part = left
            condition.unlock()
            letGo(part, total, additions, on: team)
            condition.lock()
            left += 1
        }
        isLeaving = false
    }

    /// Takes a lane's gradient.
    ///
    /// * `isEmpty`: the lane had no samples: its gradient is nothing, rather than zero
    func finish(_ lane: Int, _ buffer: Buffer, isEmpty: Bool) {
        condition.lock()
        inFlight[lane] = nil
        finished[lane..<(lane + 1)] = .some(isEmpty ? nil : buffer)
        if isEmpty { free.append(buffer) }
        condition.broadcast()
        condition.unlock()
    }

    /// Takes note that a lane came to nothing, before its gradient was whole anywhere: the sum is zero.
    func fail() {
        condition.withLock { isFailed = true }
    }

    /// Lets the parts go that are left when all lanes are finished.
    ///
    /// * returns the whole sum, valid until `restart`; nil where no lane had a sample
    func total(on team: Team) -> Buffer? {
        let (total, additions) = pendingSum()
        if isFailed { total?.elements.update(repeating: 0) }
        while left < parts.count {
            letGo(left, total, isFailed ? [] : additions, on: team)
            left += 1
        }
        return total
    }

    /// Whether the next part is whole in all lanes.
    private var isNextWhole: Bool {
        left < parts.count && nextLane == root.upperBound && adding == 0 && !isFailed
            && inFlight.values.allSatisfy { $0.whole > left }
    }

    private func letGo(
        _ part: Int,
        _ total: Buffer?,
        _ additions: [(sum: Buffer, added: Buffer)],
        on team: Team
    ) {
        let elements = parts[part]
        team.run(additions.isEmpty ? 0 : elements.count, by: 1 << 14) { tile in
            for (sum, added) in additions {
                let start = elements.lowerBound + tile.lowerBound
                accumulate(on: .alone, count: tile.count, added.base + start, into: sum.base + start)
            }
        }
        leave(part, total?.base)
    }

    /// What is to be added to what, in this order, for the whole sum, and where it comes to lie.
    private func pendingSum() -> (total: Buffer?, additions: [(sum: Buffer, added: Buffer)]) {
        guard !root.isEmpty else { return (nil, []) }
        var additions: [(sum: Buffer, added: Buffer)] = []
        func buffer(_ leaves: Range<Int>) -> Buffer?? {
            let node = root.lowerBound + leaves.lowerBound..<root.lowerBound + leaves.upperBound
            if let finished = finished[node] { return finished }
            return node.count == 1 ? inFlight[node.lowerBound].map { $0.buffer } : nil
        }
        let total = SummationTree(leaves: root.count).fold(
            { buffer($0) ?? nil },
            { buffer($0) != nil },
            combine: { left, right in
                additions.append((left, right))
                return left
            }
        )
        return (total, additions)
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
