import Diagnostics

/// Too few held-out images for so many folds.
struct FoldError: InputError {
    let description: String

    init(_ folds: Int, images: Int) {
        description =
            "--folds: expected no more than there are held-out images to learn on, found \(folds) of \(images)"
    }
}

extension LearnSettings {
    /// Throws where a fold would have no image, or nothing to be learned on.
    ///
    /// * `heldOut`: images, with the monitor's
    package func checkFolds(heldOut: Int) throws {
        let images = learned(of: heldOut)
        guard !method.learns || folds == 1 || folds <= images else { throw FoldError(folds, images: images) }
    }

    /// Held-out images that are no monitor's.
    func learned(of heldOut: Int) -> Int { heldOut - Int((Double(heldOut) * monitor).rounded()) }
}
