import Checkpoints
import Diagnostics
import Files

/// What turns pixels into a model's input: (pixel / 255 − mean) / std, per channel.
package struct Normalisation: Sendable, Equatable {
    package let mean: [Float]
    package let std: [Float]

    package init(mean: [Float], std: [Float]) {
        self.mean = mean
        self.std = std
    }
}

/// Images, all of one size, with their labels.
///
/// What is stored plainly stays memory-mapped: only the samples asked for are read. Compressed arrays are inflated when
/// they are opened; image files are decoded when they are needed. Any number of threads may read at once.
package final class Dataset: Sendable {
    /// The reference as given.
    package let name: String
    package let count: Int
    package let channels: Int
    package let height: Int
    package let width: Int
    /// From 0 up, one per sample; all 0 where they are not known.
    package let labels: [Int32]
    package let isLabelled: Bool
    /// The files that it was read from: images, labels; of a folder of images the folder.
    package let origins: [FileIdentity]
    let content: Content
    /// What looked wrong when it was opened.
    let openingDoubts: [Doubt]

    /// Where the images come from.
    enum Content: Sendable {
        /// `first` is the place of sample 0 among the stored ones.
        case array(StoredArray, first: Int)
        /// `places` are those of the samples among the stored ones.
        case files(ImageStore, places: [Int])
    }

    init(
        name: String,
        labels: [Int32],
        isLabelled: Bool,
        origins: [FileIdentity],
        shape: (channels: Int, height: Int, width: Int),
        content: Content,
        doubts: [Doubt] = []
    ) {
        self.name = name
        self.labels = labels
        self.isLabelled = isLabelled
        self.origins = origins
        self.content = content
        openingDoubts = doubts
        count = labels.count
        (channels, height, width) = shape
    }

    /// The place of a sample among the stored ones, which messages name.
    func place(of sample: Int) -> Int {
        switch content {
        case .array(_, let first): first + sample
        case .files(_, let places): places[sample]
        }
    }

    /// - Throws: `DatasetError` where the images are not of a model's input size.
    package func checkImages(channels: Int, height: Int, width: Int) throws {
        guard channels == self.channels, height == self.height, width == self.width else {
            throw DatasetError(
                name,
                part: "images",
                expected: "\([channels, height, width].shapeText) (channels×height×width) as the model takes",
                found: [self.channels, self.height, self.width].shapeText
            )
        }
    }
}
