import Datasets
import Graphs
import MessagePassing
import Tensors

/// Brings the images of a step to the ranks whose lanes need them: each is decoded by its owner alone.
///
/// A batch is a random choice, so that without this every rank would come to decode and keep every image.
package final class ImageExchange {
    private let transport: any Transport
    private let dataset: Dataset?
    private let shares: ImageShares
    private let lanes: LanePlan
    /// Lanes of every rank.
    private let laneShares: [Range<Int>]
    private let threads: Int
    private var outgoing = AlignedBuffer<UInt8>(count: 0)
    private var incoming = AlignedBuffer<UInt8>(count: 0)

    /// * `dataset`: that steps are made on; nil where there is none
    package init(
        _ transport: any Transport,
        _ dataset: Dataset?,
        lanes: LanePlan,
        laneShares: [Range<Int>],
        threads: Int
    ) {
        self.transport = transport
        self.dataset = dataset.flatMap { $0.isDecoded ? $0 : nil }
        self.lanes = lanes
        self.laneShares = laneShares
        self.threads = threads
        shares = ImageShares(count: dataset?.count ?? 0, ranks: transport.size)
    }

    /// Bytes of images on their way.
    package var byteCount: Int { outgoing.byteCount + incoming.byteCount }

    /// Begins to decode what this rank owns of a batch, then of the next one, in the background.
    package func prepare(_ samples: [Int], upcoming: [Int]) {
        guard let dataset else { return }
        let own = (samples + upcoming).filter { shares.owner(of: $0) == transport.rank }
        dataset.prepare(own, threads: threads)
    }

    /// Sends other ranks the images of a batch that are this rank's, and takes theirs.
    ///
    /// Every rank calls it. An image that its owner cannot decode is sent as black: what is wrong with it comes back from
    /// here, for the owner to report.
    package func exchange(_ samples: [Int]) throws -> (any Error)? {
        guard let dataset, transport.size > 1 else { return nil }
        let size = dataset.decodedBytes
        let rank = transport.rank
        let wanted = (0..<transport.size).map { needs(of: $0, samples) }
        let given = wanted.indices.map { other in
            other == rank ? [] : wanted[other].filter { shares.owner(of: $0) == rank }
        }
        let taken = wanted.indices.map { other in
            other == rank ? [] : wanted[rank].filter { shares.owner(of: $0) == other }
        }
        grow(&outgoing, to: given.joined().count * size)
        grow(&incoming, to: taken.joined().count * size)
        var problem: (any Error)?
        var sends: [Outgoing] = []
        var receives: [Incoming] = []
        var visitors: [Int: UnsafePointer<UInt8>] = [:]
        var (filled, room) = (0, 0)
        for other in wanted.indices {
            let start = filled
            for sample in given[other] {
                do {
                    try dataset.copyBytes(sample, to: outgoing.base + filled)
                } catch {
                    problem = problem ?? error
                    (outgoing.base + filled).update(repeating: 0, count: size)
                }
                filled += size
            }
            if filled > start {
                sends.append(Outgoing(bytes: UnsafeRawBufferPointer(outgoing[start..<filled]), to: other))
            }
            let first = room
            for sample in taken[other] {
                visitors[sample] = UnsafePointer(incoming.base + room)
                room += size
            }
            if room > first {
                receives.append(
                    Incoming(bytes: UnsafeMutableRawBufferPointer(incoming[first..<room]), from: other)
                )
            }
        }
        try transport.exchange(sends: sends, receives: receives)
        dataset.visit(visitors)
        return problem
    }

    /// Lets go of what the last exchange brought.
    package func finish() {
        dataset?.visit([:])
    }

    /// The samples of a batch that the lanes of `rank` work on.
    private func needs(of rank: Int, _ samples: [Int]) -> [Int] {
        laneShares[rank].flatMap { samples[lanes.positions($0, of: samples.count)] }
    }

    private func grow(_ buffer: inout AlignedBuffer<UInt8>, to count: Int) {
        if buffer.count < count { buffer = AlignedBuffer(count: count) }
    }
}
