import Datasets

/// A part of the held-out data.
package enum HeldOutPart: Sendable {
    case all
    /// What the coefficients are learned on.
    case learning
    /// As much of that as it takes to tell ingredients apart.
    case trial
    /// What is set aside to watch the learning.
    case monitor
    /// Some of what is learned on, for the first look at the ingredients.
    case look
}

/// Which samples of the held-out data make up its parts; empty where there is no held-out data.
struct HeldOutParts {
    private let count: Int
    private let labels: [Int32]
    private let looked: Int
    private let split: HeldOutSplit?

    /// At most this many images tell ingredients apart: the standard error of an accuracy is then 0.7% at worst.
    static let trialImages = 5000

    init(_ inputs: RunInputs, _ settings: WorkSettings) {
        count = inputs.datasets.first?.count ?? 0
        labels = inputs.datasets.first?.labels ?? []
        looked = settings.look
        split = inputs.datasets.first.flatMap {
            HeldOutSplit(labels: $0.labels, monitorShare: settings.monitor, seed: settings.seed)
        }
    }

    var learning: [Int] { split?.learning ?? [] }

    func samples(_ part: HeldOutPart) -> [Int] {
        switch part {
        case .all: Array(0..<count)
        case .learning: learning
        case .trial: trial
        case .monitor: split?.monitor ?? []
        case .look: look
        }
    }

    /// Evenly spread over the classes and, within a class, over what is learned on; in the data's order.
    private var look: [Int] {
        let learning = learning
        guard learning.count > looked else { return learning }
        let byClass = learning.sorted { (labels[$0], $0) < (labels[$1], $1) }
        return (0..<looked).map { byClass[$0 * byClass.count / looked] }.sorted()
    }

    /// Evenly spread over what is learned on.
    private var trial: [Int] {
        let learning = learning
        guard learning.count > Self.trialImages else { return learning }
        return (0..<Self.trialImages).map { learning[$0 * learning.count / Self.trialImages] }
    }
}
