import Archives
import Checkpoints
import Files
import Foundation

/// What turns pixels into a model's input: (pixel / 255 − mean) / std, per channel.
package struct Normalisation: Sendable, Equatable {
    package let mean: [Float]
    package let std: [Float]

    package init(mean: [Float], std: [Float]) {
        self.mean = mean
        self.std = std
    }
}

/// Labelled images, all of one size.
///
/// What is stored plainly stays memory-mapped: only the samples asked for are read. Compressed data is inflated when
/// it is opened. Any number of threads may read at once.
package final class Dataset: Sendable {
    /// The reference as given.
    package let name: String
    package let count: Int
    package let channels: Int
    package let height: Int
    package let width: Int
    /// From 0 up; one per sample.
    package let labels: [Int32]
    /// The files that it was read from: images, labels.
    package let origins: [FileIdentity]
    let images: StoredArray
    /// The place of sample 0 among the stored ones.
    let first: Int

    /// Opens what `reference` names.
    ///
    /// - `DIR:train` and `DIR:test`: IDX files in a folder, `train-…` and `t10k-…`, plain or `.gz` (plain where both are there).
    /// - `FILE.npz` and `FILE.safetensors`: arrays `images` (uint8 N×H×W or N×H×W×C; or float32 N×C×H×W, taken as they
    ///   are) and `labels` (integers).
    /// - Any of them followed by `[a:b]`: samples a up to but not including b; either bound may be left out.
    ///
    /// - Throws: `FileError` where a file cannot be read, `DatasetError` where reference, file or labels are wrong, and
    ///   `CheckpointError` where a safetensors header is.
    package static func open(_ reference: String) throws -> Dataset {
        let reference = try DatasetReference(reference)
        let (images, labels) = try arrays(reference)
        return try Dataset(reference, images: images, labels: labels)
    }

    private init(_ reference: DatasetReference, images: StoredArray, labels: StoredArray) throws(DatasetError)
    {
        name = reference.text
        self.images = images
        origins = [images.storage.origin, labels.storage.origin]
        let shape = images.shape
        switch (images.number, shape.count) {
        case (.uint8, 3): (height, width, channels) = (shape[1], shape[2], 1)
        case (.uint8, 4): (height, width, channels) = (shape[1], shape[2], shape[3])
        case (.float32, 4): (channels, height, width) = (shape[1], shape[2], shape[3])
        default:
            throw DatasetError(
                name,
                part: "images",
                expected: "uint8 N×H×W or N×H×W×C, or float32 N×C×H×W",
                found: "\(images.number.rawValue) \(shape.shapeText.abridged)"
            )
        }
        guard height > 0, width > 0, channels > 0 else {
            throw DatasetError(
                name,
                part: "images",
                expected: "at least one pixel",
                found: shape.shapeText.abridged
            )
        }
        guard labels.shape == [shape[0]], labels.number != .float32 else {
            throw DatasetError(
                name,
                part: "labels",
                expected: "\(shape[0]) integers, one per image",
                found: "\(labels.number.rawValue) \(labels.shape.shapeText.abridged)"
            )
        }
        let range = try reference.range(of: shape[0])
        first = range.lowerBound
        count = range.count
        var checked: [Int32] = []
        checked.reserveCapacity(range.count)
        for index in range {
            guard let label = labels.label(at: index) else {
                throw DatasetError(
                    name,
                    part: "label of sample \(index)",
                    expected: "a whole number from 0 to \(Int32.max)",
                    found: "one outside"
                )
            }
            checked.append(label)
        }
        self.labels = checked
    }

    /// - Throws: `DatasetError` for the first label that is not below `classes`.
    package func checkLabels(classes: Int) throws {
        guard let index = labels.firstIndex(where: { $0 >= classes }) else { return }
        throw DatasetError(
            name,
            part: "label of sample \(first + index)",
            expected: "one of the model's classes 0 to \(classes - 1)",
            found: "\(labels[index])"
        )
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

    private static func arrays(_ reference: DatasetReference) throws -> (StoredArray, StoredArray) {
        let path = reference.path
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if let part = reference.part {
            guard isFolder.boolValue else {
                throw DatasetError(
                    reference.text,
                    expected: "a folder of IDX files before :\(part.rawValue)",
                    found: exists ? "a file" : "nothing there"
                )
            }
            return try IDXFolder.open(path, part)
        }
        if isFolder.boolValue {
            throw DatasetError(
                reference.text,
                expected: "\(path):train or \(path):test",
                found: IDXFolder.isFolder(path) ? "the folder alone" : "a folder without IDX files"
            )
        }
        let file = try MappedFile(path)
        if path.hasSuffix(".npz") {
            let archive = try ZipArchive(file)
            return (
                try NumPyArray.read(ArraySource(archive, "images.npy")),
                try NumPyArray.read(ArraySource(archive, "labels.npy"))
            )
        }
        guard path.hasSuffix(".safetensors") else {
            throw DatasetError(
                reference.text,
                expected: "a .npz, a .safetensors or FOLDER:train",
                found: "another kind of file"
            )
        }
        let header = try SafetensorsHeader(file.bytes, path: path)
        return (try array("images", of: header, in: file), try array("labels", of: header, in: file))
    }

    private static func array(
        _ name: String,
        of header: SafetensorsHeader,
        in file: MappedFile
    ) throws(DatasetError) -> StoredArray {
        guard let entry = header.entries.first(where: { $0.name == name }) else {
            let all = header.entries.prefix(8).map(\.name).joined(separator: ", ")
            throw DatasetError(file.path, expected: "a tensor \"\(name)\"", found: "only \(all.abridged)")
        }
        guard let number = StoredArray.Number(rawValue: entry.type) else {
            throw DatasetError(
                file.path,
                part: name,
                expected: "integers or float32 (F32)",
                found: entry.type
            )
        }
        return StoredArray(number: number, shape: entry.shape, storage: ArrayBytes(file, entry.byteRange))
    }
}
