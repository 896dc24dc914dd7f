import Soups
import Traces

/// Where a run stands, as it is saved: with the soup's own state and the traces, enough to take the run up again on any
/// number of ranks and come to the same bytes as if it had never been interrupted.
struct RunState: Codable, Sendable {
    /// One thing that must be as it was: an option, an ingredient, a data set.
    struct Fact: Codable, Sendable, Equatable {
        let name: String
        let value: String
    }

    var programVersion: String
    /// The matrix products' kernels: others give other last bits.
    var kernels: String
    var facts: [Fact]
    /// Time that the run has taken so far.
    var seconds: Double
    /// Payload bytes that all ranks together have sent so far.
    var bytesSent: Int
    var stepsDone: Int
    /// What the traces held, of steps and of ranks.
    var steps: TracePlace
    var ranks: TracePlace
    var centre: CentreHistory
}

/// What a state file holds.
///
/// * `Soup`: a `SoupState`; none where learning has not begun
struct SavedRun<Soup: Codable>: Codable {
    var run: RunState
    var soup: Soup?
}

/// How the folds' centres came about: read once more in the same order, the ingredients make the same bits of it.
struct CentreHistory: Codable, Sendable, Equatable {
    struct Settled: Codable, Sendable, Equatable {
        let ingredients: [Int]
        /// By which the centres were moved: folds · ingredients × groups.
        let displacements: CoefficientMatrix
    }

    /// The mixtures that they began as, folds · pool × groups; none before the first coefficient block.
    var start: CoefficientMatrix?
    /// The coefficient blocks that are done.
    var settled: [Settled] = []

    /// Whether these values, which came out of a file, can be those of a run that has come to `soup`.
    func isSound(
        ingredients: Int,
        groups: Int,
        folds: Int,
        blocksDone: Int,
        sampler: some CoefficientSampler
    ) -> Bool {
        guard let start, start.isSound(rows: folds * ingredients, columns: groups),
            settled.count == blocksDone
        else { return false }
        return settled.enumerated().allSatisfy { place, step in
            let (outerEpoch, index) = place.quotientAndRemainder(dividingBy: sampler.blocksPerOuterEpoch)
            return step.ingredients == sampler.block(outerEpoch: outerEpoch, index: index).ingredients
                && step.displacements.isSound(rows: folds * step.ingredients.count, columns: groups)
        }
    }
}
