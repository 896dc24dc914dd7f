import Checkpoints
import MessagePassing
import Tensors
import Threads

/// How one rank comes by the ingredients' weights on its slice: from its own files, or from ranks that can read them.
final class IngredientReading: Sendable {
    let pool: IngredientPool
    let layout: ParameterLayout
    let chunks: GroupedChunks
    let team: Team
    let transport: any Transport
    /// Every rank's slice.
    let slices: [ParameterLayout.Slice]
    let senders: WeightSenders

    init(
        _ pool: IngredientPool,
        layout: ParameterLayout,
        chunks: GroupedChunks,
        team: Team,
        transport: any Transport,
        slices: [ParameterLayout.Slice],
        senders: WeightSenders
    ) {
        self.pool = pool
        self.layout = layout
        self.chunks = chunks
        self.team = team
        self.transport = transport
        self.slices = slices
        self.senders = senders
    }

    /// Begins a passage over the slices; every rank does so at the same place of an order.
    func sweep() -> IngredientSweep { IngredientSweep(self) }

    /// Bytes for what travels between ranks; 0 where every rank can read everything.
    var byteCount: Int { senders.byteCount }
}
