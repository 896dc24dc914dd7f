import Datasets

/// A part of the held-out data.
package enum HeldOutPart: Sendable, Equatable {
    case all
    /// What the coefficients are learned on.
    case learning
    /// What is set aside to watch the learning.
    case monitor
    /// Some of what is learned on, for the first look at the ingredients.
    case look
    /// What the soup of a fold never sees.
    case fold(Int)
}

/// Which samples of the held-out data make up its parts; empty where there is no held-out data.
package struct HeldOutParts {
    private let count: Int
    private let labels: [Int32]
    private let looked: Int
    private let split: HeldOutSplit?
    /// Nil where there are fewer samples than folds.
    package let folds: HeldOutFolds?

    init(_ inputs: RunInputs, _ settings: WorkSettings) {
        count = inputs.datasets.first?.count ?? 0
        labels = inputs.datasets.first?.labels ?? []
        looked = settings.look
        split = inputs.datasets.first.flatMap {
            HeldOutSplit(labels: $0.labels, monitorShare: settings.monitor, seed: settings.seed)
        }
        folds = HeldOutFolds(
            split?.learning ?? [],
            labels: labels,
            count: settings.folds,
            seed: settings.seed
        )
    }

    package var learning: [Int] { split?.learning ?? [] }

    /// By fold, what its soup is learned on; without folds, all.
    package var learningByFold: [[Int]] { folds?.learning ?? [learning] }

    package func samples(_ part: HeldOutPart) -> [Int] {
        switch part {
        case .all: Array(0..<count)
        case .learning: learning
        case .monitor: split?.monitor ?? []
        case .look: look
        case .fold(let fold): folds?.judging[fold] ?? []
        }
    }

    /// Evenly spread over the classes and, within a class, over what is learned on; in the data's order.
    private var look: [Int] {
        let learning = learning
        guard learning.count > looked else { return learning }
        let byClass = learning.sorted { (labels[$0], $0) < (labels[$1], $1) }
        return (0..<looked).map { byClass[$0 * byClass.count / looked] }.sorted()
    }
}
