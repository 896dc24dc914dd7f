import Coordination
import Datasets
import Graphs

/// How many images a first look takes where nothing is said.
enum LookSize {
    /// At most this many: the standard error of an accuracy is then 1.6% at worst.
    static let most = 1000
    /// At least this many, where there are so many: fewer tell nothing.
    static let least = 100
    /// A step's forward and backward pass by its forward pass alone.
    static let stepOverForward = 3.0

    /// As many as keep looking under a quarter of the run, from `least` to `most`; of a run that scores every ingredient on
    /// all images anyway, all.
    ///
    /// The same for a run by itself and among others, so that its trace is the same, too.
    static func images(_ settings: LearnSettings, _ inputs: RunInputs) -> Int {
        let heldOut = inputs.datasets[0].count
        let test = inputs.test.map { inputs.datasets[$0].count } ?? 0
        if settings.asksIngredients { return heldOut }
        // In forward passes of one image.
        let steps = settings.totalSteps(learning: heldOut, poolCount: inputs.pool.count)
        let learned = Double(steps) * Double(min(settings.batchSize, heldOut)) * stepOverForward
        let fair = Int((learned + Double(heldOut + test)) / 3 / Double(inputs.pool.count + 1))
        return min(heldOut, most, max(fair, least))
    }
}

extension LearnSettings {
    /// Steps of the whole run on `learning` held-out images.
    func totalSteps(learning: Int, poolCount: Int) -> Int {
        guard method.learns else { return 0 }
        let kept = learned(of: learning)
        let own = folds > 1 ? kept - (kept - 1) / folds - 1 : kept
        return totalSteps(poolCount: poolCount, batchesPerEpoch: max((own - 1) / batchSize + 1, 1))
    }
}
