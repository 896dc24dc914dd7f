import MessagePassing
import Tensors
import Threads

/// Makes the combined model whole on every rank, of the slice that each has.
package final class ParameterGather {
    private let transport: any Transport
    private let queue: ExchangeQueue
    private let slices: ParameterShares
    private let parameters: AlignedBuffer<Float>
    private let rounded: RoundedParameters?
    private let team: Team

    /// * `rounded`: what travels in a step, instead of float32
    package init(
        _ transport: any Transport,
        _ queue: ExchangeQueue,
        _ slices: ParameterShares,
        _ parameters: AlignedBuffer<Float>,
        rounded: RoundedParameters?,
        team: Team
    ) {
        self.transport = transport
        self.queue = queue
        self.slices = slices
        self.parameters = parameters
        self.rounded = rounded
        self.team = team
    }

    /// Gathers all buckets in float32.
    package func gather() throws {
        for bucket in slices.buckets.indices {
            for round in rounds(bucket, UnsafeMutableRawBufferPointer(parameters.elements), 4) {
                try transport.exchange(round, inBackground: false)
            }
        }
    }

    /// Begins to gather a bucket, of which this rank's part is there.
    ///
    /// Where it is rounded on the way, its parameters become as rounded everywhere, but for the products' weights: they
    /// are in `rounded` alone.
    package func begin(_ bucket: Int) -> PendingExchange {
        guard let rounded else {
            return queue.begin(rounds(bucket, UnsafeMutableRawBufferPointer(parameters.elements), 4))
        }
        rounded.round(slices.parts[bucket][transport.rank].elements, of: parameters.base, on: team)
        return queue.begin(rounds(bucket, rounded.bytes, 2)) { [parameters] in
            rounded.widen(bucket, into: parameters.base)
        }
    }

    private func rounds(
        _ bucket: Int,
        _ bytes: UnsafeMutableRawBufferPointer,
        _ size: Int
    ) -> [ExchangeRound] {
        transport.allGatherRounds(
            bytes,
            parts: slices.parts[bucket].map { $0.elements.lowerBound * size..<$0.elements.upperBound * size }
        )
    }
}
