import Datasets

extension Worker {
    /// Gives decoded images what memory the rest of the work leaves, now that it is known.
    func budgetImages() {
        guard inputs.datasets.contains(where: \.isDecoded) else { return }
        let used = inputs.imageBudget.used
        let more = inputs.imageSettings.budget(ranks: ranksOnHost, planned: memory.total - used)
        inputs.imageBudget.limit = inputs.imageSettings.memory ?? used + more
    }
}
