import Archives
import Checkpoints
import Diagnostics
import Files
import Foundation

extension Dataset {
    /// Opens what `reference` names.
    ///
    /// - `DIR:train` and `DIR:test`: IDX files in a folder, `train-…` and `t10k-…`, plain or `.gz` (plain where both are
    ///   there); or the binary files of CIFAR-10 or CIFAR-100.
    /// - `FILE.npz` and `FILE.safetensors`: arrays `images` (uint8 N×H×W or N×H×W×C; or float32 N×C×H×W, taken as they
    ///   are) and `labels` (integers).
    /// - `DIR`: a folder of images (JPEG, PNG, WebP) per class.
    /// - `FILE.tar`: images and their classes (`.cls`) in WebDataset's form; several as `shard-{000..010}.tar` or a glob.
    /// - Any of them followed by `[a:b]`: samples a up to but not including b; either bound may be left out. Of a folder per
    ///   class a range takes every class by its share.
    ///
    /// Without labels a folder of images need not have folders, arrays no `labels`, samples of a tar file no class, and what
    /// there is of these is not looked at.
    ///
    /// * `labelled`: whether labels are read
    /// * `transform`: how image files become a model's input; arrays are taken as they are. Nil where no model is known:
    ///   then only arrays and CIFAR, whose images are all of one size, can be opened.
    /// * `model`: what its classes are called and how its library orders folders; nil where none is known
    /// * `budget`: how much memory decoded images may take
    /// * throws `FileError` where a file cannot be read, `DatasetError` where reference, file or labels are wrong,
    ///   `ArchiveError` where an archive is broken, and `CheckpointError` where a safetensors header is
    package static func open(
        _ reference: String,
        labelled: Bool = true,
        transform: ImageTransform? = nil,
        for model: ModelClasses? = nil,
        budget: ImageBudget = ImageBudget(bytes: 0)
    ) throws -> Dataset {
        let reference = try DatasetReference(reference)
        if let files = try imageFiles(reference, labelled: labelled, for: model) {
            return try Dataset(
                reference,
                files: files,
                labelled: labelled,
                transform: transform,
                budget: budget
            )
        }
        let (images, labels) = try arrays(reference, labelled: labelled)
        return try Dataset(reference, images: images, labels: labels)
    }

    /// Nil where the reference names arrays.
    static func imageFiles(
        _ reference: DatasetReference,
        labelled: Bool = true,
        for model: ModelClasses?
    ) throws -> ImageFiles? {
        let path = reference.path
        try ImageFiles.refuseOtherCIFAR(path)
        if let part = reference.part {
            return ImageFiles.isCIFAR(path) ? try .cifar(path, part) : nil
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            guard !IDXFolder.isFolder(path), !ImageFiles.isCIFAR(path) else { return nil }
            return labelled ? try .folder(path, for: model) : try .folder(withoutClasses: path)
        }
        return ImageFiles.isShards(path) ? try .shards(path, labelled: labelled) : nil
    }

    private convenience init(
        _ reference: DatasetReference,
        files: ImageFiles,
        labelled: Bool,
        transform: ImageTransform?,
        budget: ImageBudget
    ) throws {
        let range = try reference.range(of: files.count)
        let places = files.places(range)
        guard let transform = transform ?? files.plainTransform else {
            throw DatasetError(
                reference.text,
                expected: "arrays, whose images are all of one size, where no model says how to resize them",
                found: "a \(files.kind)"
            )
        }
        guard transform.channels == 1 || transform.channels == 3 else {
            throw DatasetError(
                reference.text,
                expected: "images of \(transform.channels) channels, as the model takes",
                found: "a \(files.kind), which gives 1 or 3"
            )
        }
        // Where the transform leaves the size to the images, the first one's is everyone's.
        let size = try transform.outputSize ?? Self.size(of: places[0], files, transform)
        guard size.height > 0, size.width > 0 else {
            throw DatasetError(reference.text, expected: "a transform to at least one pixel", found: "none")
        }
        self.init(
            name: reference.text,
            labels: places.map { labelled ? files.labels[$0] : 0 },
            isLabelled: labelled,
            origins: files.origins,
            shape: (transform.channels, size.height, size.width),
            content: .files(ImageStore(files, transform, size: size, budget: budget), places: places),
            doubts: files.doubts
                + (files.isByClass || !labelled
                ? [] : [LabelOrder.doubt(range, of: files.labels, reference.text)])
                .compactMap { $0 }
        )
    }

    private static func size(of index: Int, _ files: ImageFiles, _ transform: ImageTransform) throws
        -> ImageTransform.Size
    {
        let first = try transform.apply(to: files.decode(index), name: files.name(index))
        return ImageTransform.Size(height: first.height, width: first.width)
    }

    private static func arrays(_ reference: DatasetReference, labelled: Bool) throws -> (
        images: StoredArray, labels: StoredArray?
    ) {
        let path = reference.path
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if let part = reference.part {
            guard isFolder.boolValue else {
                throw DatasetError(
                    reference.text,
                    expected: "a folder of IDX or CIFAR files before :\(part.rawValue)",
                    found: exists ? "a file" : "nothing there"
                )
            }
            return (
                try IDXFolder.images(path, part), labelled ? try IDXFolder.labels(path, part) : nil
            )
        }
        if isFolder.boolValue {
            throw DatasetError(
                reference.text,
                expected: "\(path):train or \(path):test",
                found: "the folder alone"
            )
        }
        let file = try MappedFile(path)
        if path.hasSuffix(".npz") {
            try refuse(file, otherThan: .zip)
            let archive = try ZipArchive(file)
            return (
                try NumPyArray.read(ArraySource(archive, "images.npy")),
                labelled ? try NumPyArray.read(ArraySource(archive, "labels.npy")) : nil
            )
        }
        guard path.hasSuffix(".safetensors") else {
            throw DatasetError(
                reference.text,
                expected: "a .npz, a .safetensors, a .tar, a folder of images per class or FOLDER:train",
                found: file.content?.description ?? "another kind of file"
            )
        }
        try refuse(file, otherThan: .safetensors)
        let header = try SafetensorsHeader(file.bytes, path: path)
        return (
            try array("images", of: header, in: file),
            labelled ? try array("labels", of: header, in: file) : nil
        )
    }

    /// Throws where a file is known to be of another kind than its name says.
    private static func refuse(_ file: MappedFile, otherThan kind: ForeignContent) throws(DatasetError) {
        guard let content = file.content, content != kind else { return }
        throw DatasetError(file.path, expected: kind.description, found: content.description)
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
        guard let number = StoredArray.Number(rawValue: entry.type.rawValue) else {
            throw DatasetError(
                file.path,
                part: name,
                expected: "integers or float32 (F32)",
                found: entry.type.rawValue
            )
        }
        return StoredArray(number: number, shape: entry.shape, storage: ArrayBytes(file, entry.byteRange))
    }
}

extension ImageFiles {
    /// What leaves the pixels as they are, of images that are all of one size.
    fileprivate var plainTransform: ImageTransform? {
        guard commonSize != nil else { return nil }
        return ImageTransform(mean: [0, 0, 0], std: [1, 1, 1])
    }
}
