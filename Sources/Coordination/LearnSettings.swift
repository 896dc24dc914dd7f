import Graphs
import Kernels
import Soups
import Tensors

/// Everything that decides what `learn` computes.
package struct LearnSettings: Sendable {
    package var method = SoupMethod.mehlPlus
    package var granularity = Granularity.tensor
    package var blockSize = 18
    package var outerEpochs = 1
    package var epochs = 5
    package var batchSize = 128
    package var learningRate = 0.01
    package var weightDecay = 0.0
    package var clip = 1.0
    package var warmup = 0.2
    package var start = SoupSettings.Start.poolMean
    package var seed: UInt64 = 1
    package var lanes = 8
    /// Samples that go through the graph together; nil for as many as suit the model.
    package var microBatch: Int?
    package var threads = 1
    package var sliceType = SliceType.f32
    package var traceLevel = TraceLevel.coefficients

    package init() {}

    /// Ingredients of a coefficient block, of a pool of `count`.
    func blockSize(of count: Int) -> Int { method.takesAll ? count : min(blockSize, count) }

    /// Decides what the inputs decide: micro-batches that suit the model and are no larger than a lane.
    package mutating func fit(_ inputs: RunInputs) {
        let batch = min(batchSize, inputs.datasets.first?.count ?? batchSize)
        let lane = (batch + lanes - 1) / lanes
        microBatch = min(microBatch ?? LanePlan.defaultMicroBatch(inputs.model.graph), lane)
    }

    /// How the work is shared out on a rank, once the settings fit the inputs.
    package func work(_ inputs: RunInputs) -> WorkSettings {
        WorkSettings(
            granularity: granularity,
            lanes: LanePlan(
                lanes: lanes,
                microBatch: microBatch ?? LanePlan.defaultMicroBatch(inputs.model.graph)
            ),
            threads: threads,
            sliceType: sliceType,
            blockSize: blockSize(of: inputs.pool.count)
        )
    }

    func soup(poolCount: Int, batchesPerEpoch: Int) -> SoupSettings {
        var settings = SoupSettings(batchesPerEpoch: batchesPerEpoch)
        settings.blockSize = blockSize(of: poolCount)
        settings.outerEpochs = outerEpochs
        settings.epochs = epochs
        settings.learningRate = learningRate
        settings.weightDecay = weightDecay
        settings.clip = clip
        settings.warmup = warmup
        settings.seed = seed
        settings.start = start
        return settings
    }
}
