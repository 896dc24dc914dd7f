import Checkpoints
import Foundation
import MessagePassing
import Tensors
import Threads

/// How one rank comes by the ingredients' weights on its slice: from its own files, or from ranks that can read them.
package final class IngredientReading: Sendable {
    let pool: IngredientPool
    let layout: ParameterLayout
    let chunks: GroupedChunks
    let team: Team
    let transport: any Transport
    let shares: ParameterShares
    let senders: WeightSenders

    package init(
        _ pool: IngredientPool,
        layout: ParameterLayout,
        chunks: GroupedChunks,
        team: Team,
        transport: any Transport,
        shares: ParameterShares,
        senders: WeightSenders
    ) {
        self.pool = pool
        self.layout = layout
        self.chunks = chunks
        self.team = team
        self.transport = transport
        self.shares = shares
        self.senders = senders
    }

    /// Begins a passage over the slices; every rank does so at the same place of an order.
    func sweep() -> IngredientSweep { IngredientSweep(self) }

    /// Has the system read this rank's slices of some ingredients into its cache while other work goes on.
    ///
    /// * `memory`: bytes that they may take there; ingredients beyond it are read when their time has come
    package func readAhead(_ ingredients: [Int], memory: Int) {
        let own = chunks.elements
        let fitting = memory / max(chunks.count * MemoryLayout<Float>.stride, 1)
        let wanted = ingredients.filter(senders.isEverywhere).prefix(fitting)
        guard !wanted.isEmpty else { return }
        // Asking takes as long as the system's queue for the disk is full.
        Thread.detachNewThread { [pool, layout] in
            for ingredient in wanted {
                for elements in own { pool.fetchAhead(ingredient, elements, of: layout) }
            }
        }
    }

    /// Bytes for what travels between ranks; 0 where every rank can read everything.
    package var byteCount: Int { senders.byteCount }
}
