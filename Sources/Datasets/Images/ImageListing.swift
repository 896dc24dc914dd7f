/// What a data set of image files holds, as far as that can be said without decoding one.
package struct ImageListing: Sendable {
    /// "folder of images per class", "tar file", "CIFAR-10".
    package let kind: String
    package let labels: [Int32]
    /// By label; empty where they are not known.
    package let classNames: [String]

    /// Nil where `reference` names arrays.
    ///
    /// * throws what `Dataset.open` throws
    package init?(_ reference: String) throws {
        let reference = try DatasetReference(reference)
        guard let files = try Dataset.imageFiles(reference, for: nil) else { return nil }
        kind = files.kind
        labels = files.places(try reference.range(of: files.count)).map { files.labels[$0] }
        classNames = files.classNames
    }
}
