import Coordination
import Foundation
import Graphs
import Kernels

/// What a run is going to take, by what the first look took.
package struct RunForecast: Sendable {
    package let steps: Int
    /// From the look's end to the run's.
    package let seconds: Double
    package let secondsPerStep: Double
    /// Of the rank that this is made on.
    package let memory: MemoryParts
    /// Resident beside the run's own buffers: the program, its libraries and the labels.
    package let baseBytes: Int
    /// Of images: small mapped files, which stay in memory once read, and decoded ones that will be kept.
    package let imageBytes: Int
    /// What this host has to spare for each rank; nil where the system does not say.
    package let spareBytes: Int?

    /// Greatest resident memory of the rank.
    package var bytes: Int { baseBytes + memory.total - memory.images + imageBytes }

    /// Whether the memory is not there.
    package var isTooLarge: Bool { spareBytes.map { bytes - baseBytes > $0 } ?? false }

    /// * `worker`: what the run works with
    /// * `baseBytes`: resident before `worker` was made
    init(_ worker: Worker, _ settings: LearnSettings, _ rates: LookRates, baseBytes: Int) {
        let inputs = worker.inputs
        let heldOut = inputs.datasets[0].count
        let test = inputs.test.map { inputs.datasets[$0].count } ?? 0
        steps = settings.totalSteps(learning: heldOut, poolCount: inputs.pool.count)
        memory = worker.memory
        // What decoding and reading took meanwhile stays, too; slices and gradients have not been touched yet.
        let own = memory.parameters + memory.activations + memory.images
        self.baseBytes = max(baseBytes, MemoryParts.resident - own)
        let decoded = inputs.datasets.map { $0.count * $0.decodedBytes }.reduce(0, +)
        imageBytes =
            inputs.datasets.map(\.mappedBytes).reduce(0, +)
            + min(decoded / worker.transport.size, inputs.imageBudget.limit)
        spareBytes = SpareMemory.bytes(ranks: worker.ranksOnHost)

        // A rank's lanes go through in rounds of as many as are in flight.
        let ranks = worker.transport.size
        let inFlight = Double(worker.executor.inFlight)
        let rounds = worker.shares.map { (Double($0.count) / inFlight).rounded(.up) }.max() ?? 1
        let batch = rounds / Double(settings.lanes) * Double(min(settings.batchSize, heldOut))
        // Measured on ViT-B/32 and ViT-S/16: what a step in bfloat16 takes of one in float32, where it is the faster.
        let isHalf = settings.precision == .bf16
        let bfloat16 = isHalf && BFloat16Products.isNative ? 0.56 : 1
        let products =
            bfloat16 * batch * LookSize.stepOverForward * rates.perImage * Double(ranks) * inFlight
            * worker.executor.evaluationGain
        let block = settings.blockSize(of: inputs.pool.count)
        let elements = Double(inputs.layout.count) / Double(ranks)
        // Mixing and projecting read each difference once, and the model or its gradient beside it.
        let moved = 4 * elements * Double(2 * block + 4) / rates.bytesPerSecond
        // The gradient's sum travels as the model does in float32.
        secondsPerStep = products + moved + (isHalf ? 1.5 : 2) * rates.perGather
        let blocks = Double(settings.outerEpochs * ((inputs.pool.count - 1) / max(block, 1) + 1))
        let reading =
            settings.method.learns ? rates.perPool + blocks * Double(block) * rates.perIngredient : 0
        // Every soup on the folds that it had no part in, and the one that is written on all held-out images; it and the
        // best ingredient on the test images.
        let judged = settings.folds > 1 ? settings.method.recipes.count + (settings.method.learns ? 1 : 0) : 0
        let passes = judged + (settings.asksIngredients ? 1 : 2)
        let evaluations = Double(passes * heldOut + 2 * test) * rates.perImage
        let mixing = Double(1 + judged * settings.folds) * rates.perPool + rates.perIngredient
        let decoding = Double(heldOut - worker.heldOut.samples(.look).count + test) * rates.perNewImage
        seconds = Double(steps) * secondsPerStep + reading + evaluations + decoding + mixing
    }
}
