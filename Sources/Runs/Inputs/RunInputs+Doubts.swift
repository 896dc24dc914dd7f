import Coordination
import Datasets
import Diagnostics
import VisionModels

/// What looks wrong about the data sets of a run.
extension RunInputs {
    /// Of each by itself, and of test data that are held out as well.
    ///
    /// * `datasets`: the held-out data first; of those without labels there is nothing to say
    static func doubts(of datasets: [Dataset], _ model: VisionModel) throws -> [Doubt] {
        let datasets = datasets.filter(\.isLabelled)
        let own = try datasets.map { try $0.doubts(of: model.classes, normalisation(model)) }
        guard let heldOut = datasets.first else { return [] }
        let shared = try datasets.dropFirst().compactMap { test -> Doubt? in
            guard let count = try test.countShared(with: heldOut), count > 0 else { return nil }
            return Doubt(
                .warning,
                "\(test.name): \(count) of its \(test.count) test images \(count == 1 ? "is" : "are") also held out for "
                    + "learning (\(heldOut.name)): the test accuracy is flattered"
            )
        }
        return own.flatMap { $0 } + shared
    }
}
