import Kernels
import MessagePassing
import Tensors
import Threads

/// Sums the ranks' gradients in the fixed tree, a bucket at a time, each rank ending with its own slice of the sum.
///
/// A reduce-scatter by direct messages: every rank sends each other rank that rank's part of its own sum, and adds up
/// what it receives in the order of the tree. A rank sends (R − 1)/R of the vector, as by a ring, but the bits are the
/// same for every R.
package final class GradientReduction {
    private let transport: any Transport
    private let queue: ExchangeQueue
    private let tree: SummationTree
    /// By rank, its lanes.
    private let lanes: [Range<Int>]
    private let slices: ParameterShares
    /// By bucket, where this rank's part of it begins in its slice.
    private let places: [Int]
    private let received: [AlignedBuffer<Float>]
    private let sum: AlignedBuffer<Float>

    /// * `tree`: of the lanes
    package init(
        _ transport: any Transport,
        _ queue: ExchangeQueue,
        tree: SummationTree,
        slices: ParameterShares
    ) {
        self.transport = transport
        self.queue = queue
        self.tree = tree
        self.slices = slices
        lanes = tree.shares(ranks: transport.size)
        let own = slices.slice(of: transport.rank).map(\.elements.count)
        places = own.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
        received = (0..<transport.size).map { rank in
            AlignedBuffer(count: rank == transport.rank ? 0 : own.max() ?? 0)
        }
        sum = AlignedBuffer(count: own.reduce(0, +))
    }

    package var sliceBytes: Int { sum.byteCount }
    package var messageBytes: Int { received.map(\.byteCount).reduce(0, +) }
    package var byteCount: Int { sliceBytes + messageBytes }

    /// This rank's slice of the sum, its parts of the buckets one after another.
    package var slice: UnsafeBufferPointer<Float> { UnsafeBufferPointer(sum.elements) }

    /// Begins to sum a bucket of which this rank's own sum is whole.
    ///
    /// * `partial`: this rank's sum over its lanes, the whole flat vector, of which the rank's part is overwritten; nil
    ///   where no lane had samples
    /// * `contributes`: which ranks have a partial sum
    package func begin(
        _ bucket: Int,
        _ partial: UnsafeMutablePointer<Float>?,
        contributes: [Bool]
    ) -> PendingExchange {
        queue.begin([round(bucket, partial, contributes)]) { [self] in
            add(bucket, partial, contributes)
        }
    }

    private func round(
        _ bucket: Int,
        _ partial: UnsafeMutablePointer<Float>?,
        _ contributes: [Bool]
    ) -> ExchangeRound {
        let (rank, size, parts) = (transport.rank, transport.size, slices.parts[bucket])
        var sends: [Outgoing] = []
        var receives: [Incoming] = []
        for distance in 1..<max(size, 1) {
            let (to, from) = ((rank + distance) % size, (rank - distance + size) % size)
            let theirs = parts[to].elements
            if let partial, contributes[rank], !theirs.isEmpty {
                let start = partial + theirs.lowerBound
                sends.append(Outgoing(bytes: .init(start: start, count: theirs.count * 4), to: to))
            }
            let own = parts[rank].elements.count
            if contributes[from], own > 0 {
                let bytes = UnsafeMutableRawBufferPointer(start: received[from].base, count: own * 4)
                receives.append(Incoming(bytes: bytes, from: from))
            }
        }
        return ExchangeRound(sends: sends, receives: receives)
    }

    private func add(_ bucket: Int, _ partial: UnsafeMutablePointer<Float>?, _ contributes: [Bool]) {
        let own = slices.parts[bucket][transport.rank].elements
        let total = tree.fold(
            { node in self.part(node, partial, own, contributes) },
            { lanes.contains($0) },
            combine: { left, right in
                accumulate(on: .alone, count: own.count, right, into: left)
                return left
            }
        )
        let output = sum.base + places[bucket]
        if let total {
            output.update(from: total, count: own.count)
        } else {
            output.update(repeating: 0, count: own.count)
        }
    }

    private func part(
        _ node: Range<Int>,
        _ partial: UnsafeMutablePointer<Float>?,
        _ own: Range<Int>,
        _ contributes: [Bool]
    ) -> UnsafeMutablePointer<Float>? {
        guard let rank = lanes.firstIndex(of: node), contributes[rank] else { return nil }
        return rank == transport.rank ? partial.map { $0 + own.lowerBound } : received[rank].base
    }
}
