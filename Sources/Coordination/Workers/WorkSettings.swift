import Graphs
import Kernels
import Tensors

/// How the work is shared out; the same on every rank but for threads and lanes in flight.
package struct WorkSettings: Sendable {
    /// Which parameters share coefficients.
    package var groups: ParameterGroups
    package var lanes: LanePlan
    package var threads: Int
    /// Lanes at once on a rank; nil for as many as suit its threads and memory.
    package var lanesInFlight: Int?
    /// Whether each thread has a core to itself.
    package var hasCores: Bool
    package var sliceType: SliceType
    /// In what the products by the combined model's weights are computed in a step.
    package var precision: Precision
    /// Ingredients of a coefficient block; 0 where nothing is learned.
    package var blockSize: Int
    /// Share of the held-out data that is set aside.
    package var monitor: Double
    /// Decides which.
    package var seed: UInt64
    /// Samples of the first look at the ingredients.
    package var look: Int
    /// Soups that are learned side by side, each without its fold of the held-out data.
    package var folds: Int
    /// Whether statistics of batch norms may have to be measured.
    package var measuresStatistics: Bool

    /// What serves mixing and evaluating, where nothing is learned.
    ///
    /// * `groups`: nil for the whole model as one
    package init(_ inputs: RunInputs, threads: Int, groups: ParameterGroups? = nil) {
        let microBatch = LanePlan.defaultMicroBatch(inputs.model.graph)
        self.init(
            groups: groups ?? ParameterGroups(inputs.layout, granularity: .model),
            lanes: LanePlan(lanes: 1, microBatch: microBatch),
            threads: threads
        )
    }

    package init(
        groups: ParameterGroups,
        lanes: LanePlan,
        threads: Int,
        lanesInFlight: Int? = nil,
        hasCores: Bool = false,
        sliceType: SliceType = .f32,
        precision: Precision = .f32,
        blockSize: Int = 0,
        monitor: Double = 0,
        seed: UInt64 = 1,
        look: Int = 0,
        folds: Int = 1,
        measuresStatistics: Bool = false
    ) {
        self.groups = groups
        self.lanes = lanes
        self.threads = threads
        self.lanesInFlight = lanesInFlight
        self.hasCores = hasCores
        self.sliceType = sliceType
        self.precision = precision
        self.blockSize = blockSize
        self.monitor = monitor
        self.seed = seed
        self.look = look
        self.folds = folds
        self.measuresStatistics = measuresStatistics
    }
}
