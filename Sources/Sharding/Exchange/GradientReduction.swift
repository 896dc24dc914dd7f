import Kernels
import MessagePassing
import Tensors
import Threads

/// Sums the ranks' gradients in the fixed tree, each rank ending with its own slice of the sum.
///
/// Every rank sends each other rank that rank's slice of its partial sum, and adds up what it receives in the order
/// of the summation tree: (R − 1)/R of the vector sent per rank, as by a ring, but with the same bits for every R.
package final class GradientReduction {
    private let transport: any Transport
    private let tree: SummationTree
    private let shares: [Range<Int>]
    private let slices: [Range<Int>]
    private let team: Team
    private let received: [AlignedBuffer<Float>]

    /// Elements of a slice that travel at once: enough to fill the links, little enough to stay small in memory.
    private static let window = 1 << 18

    /// * `slices`: elements of the flat vector that each rank owns
    package init(_ transport: any Transport, tree: SummationTree, slices: [Range<Int>], team: Team) {
        self.transport = transport
        self.tree = tree
        self.slices = slices
        self.team = team
        shares = tree.shares(ranks: transport.size)
        let longest = min(slices[transport.rank].count, Self.window)
        received = (0..<transport.size).map { rank in
            AlignedBuffer(count: rank == transport.rank ? 0 : longest)
        }
    }

    package var byteCount: Int { received.map(\.byteCount).reduce(0, +) }

    /// * `partial`: this rank's sum over its lanes, the whole flat vector, which is overwritten in part; nil where no
    ///   lane had samples
    /// * `contributes`: which ranks have a partial sum
    /// * `sum`: receives this rank's slice
    package func reduce(
        _ partial: UnsafeMutablePointer<Float>?,
        contributes: [Bool],
        into sum: UnsafeMutablePointer<Float>
    ) throws {
        let longest = slices.map(\.count).max() ?? 0
        for start in stride(from: 0, to: longest, by: Self.window) {
            try exchange(partial, contributes, start)
            let own = window(transport.rank, start)
            guard !own.isEmpty else { continue }
            let total = tree.fold(
                { node in self.part(node, partial, own, contributes) },
                { shares.contains($0) },
                combine: { left, right in
                    accumulate(on: team, count: own.count, right, into: left)
                    return left
                }
            )
            let output = sum + (own.lowerBound - slices[transport.rank].lowerBound)
            if let total {
                output.update(from: total, count: own.count)
            } else {
                output.update(repeating: 0, count: own.count)
            }
        }
    }

    private func exchange(_ partial: UnsafeMutablePointer<Float>?, _ contributes: [Bool], _ start: Int) throws
    {
        let (rank, size) = (transport.rank, transport.size)
        var sends: [Outgoing] = []
        var receives: [Incoming] = []
        for distance in 1..<max(size, 1) {
            let (to, from) = ((rank + distance) % size, (rank - distance + size) % size)
            let theirs = window(to, start)
            if let partial, contributes[rank], !theirs.isEmpty {
                let bytes = UnsafeRawBufferPointer(
                    start: partial + theirs.lowerBound,
                    count: theirs.count * 4
                )
                sends.append(Outgoing(bytes: bytes, to: to))
            }
            let own = window(rank, start)
            if contributes[from], !own.isEmpty {
                let bytes = UnsafeMutableRawBufferPointer(start: received[from].base, count: own.count * 4)
                receives.append(Incoming(bytes: bytes, from: from))
            }
        }
        if !sends.isEmpty || !receives.isEmpty { try transport.exchange(sends: sends, receives: receives) }
    }

    /// The part of `rank`'s slice that travels from `start` on.
    private func window(_ rank: Int, _ start: Int) -> Range<Int> {
        let slice = slices[rank]
        let first = min(slice.lowerBound + start, slice.upperBound)
        return first..<min(first + Self.window, slice.upperBound)
    }

    private func part(
        _ node: Range<Int>,
        _ partial: UnsafeMutablePointer<Float>?,
        _ own: Range<Int>,
        _ contributes: [Bool]
    ) -> UnsafeMutablePointer<Float>? {
        guard let rank = shares.firstIndex(of: node), contributes[rank] else { return nil }
        return rank == transport.rank ? partial.map { $0 + own.lowerBound } : received[rank].base
    }
}
