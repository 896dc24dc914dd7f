/// The place of one step in a run; everything counts from zero.
package struct SoupStep: Sendable, Equatable, Codable {
    /// Over the whole run.
    package let step: Int
    package let outerEpoch: Int
    /// Index of the coefficient block within the outer epoch.
    package let coefficientBlock: Int
    /// The part of the data that the soup of this step never sees; 0 without folds.
    package let fold: Int
    /// Of the fold, within the coefficient block.
    package let stepInBlock: Int
    /// Pass over the held-out data within the coefficient block.
    package let epoch: Int
    /// Pass over the held-out data within the whole run: data are shuffled anew for each.
    package let runningEpoch: Int
    /// Batch within the pass.
    package let batch: Int

    package init(
        step: Int,
        outerEpoch: Int,
        coefficientBlock: Int,
        fold: Int = 0,
        stepInBlock: Int,
        epoch: Int,
        runningEpoch: Int,
        batch: Int
    ) {
        self.step = step
        self.outerEpoch = outerEpoch
        self.coefficientBlock = coefficientBlock
        self.fold = fold
        self.stepInBlock = stepInBlock
        self.epoch = epoch
        self.runningEpoch = runningEpoch
        self.batch = batch
    }
}
