import Archives
import Diagnostics
import Files

/// Encoded images with their labels, wherever they lie: nothing is decoded yet.
///
/// Any number of threads may read at once.
final class ImageFiles: Sendable {
    /// Where an image's bytes lie.
    enum Place: Sendable {
        /// A file of its own, below `root`.
        case file(String)
        /// A part of one of the opened files.
        case part(file: Int, range: Range<Int>, name: String)
        /// 32×32 pixels, red, green and blue one after another.
        case planes(file: Int, offset: Int)
    }

    /// What kind of data set it is, for people.
    let kind: String
    let places: [Place]
    let labels: [Int32]
    /// By label; empty where they are not known.
    let classNames: [String]
    /// The classes are folders, so that the images lie class after class.
    let isByClass: Bool
    /// Nothing but the order of their names numbers the folders.
    let isNumberedInOrder: Bool
    /// What looked wrong when they were listed.
    let doubts: [Doubt]
    /// What tells this data set from a copy of it.
    let origins: [FileIdentity]
    private let root: String
    private let files: [MappedFile]

    /// Side of the images of the CIFAR data sets.
    static let planeSide = 32
    /// No photograph is larger; whatever is, is another kind of file.
    private static let longestFile = 1 << 30

    init(
        kind: String,
        root: String = "",
        files: [MappedFile] = [],
        places: [Place],
        labels: [Int32],
        classNames: [String] = [],
        isByClass: Bool = false,
        isNumberedInOrder: Bool = false,
        doubts: [Doubt] = [],
        origins: [FileIdentity]
    ) {
        precondition(places.count == labels.count)
        self.kind = kind
        self.root = root
        self.files = files
        self.places = places
        self.labels = labels
        self.classNames = classNames
        self.isByClass = isByClass
        self.isNumberedInOrder = isNumberedInOrder
        self.doubts = doubts
        self.origins = origins
    }

    var count: Int { places.count }

    /// The places of a range of samples: of folders of classes, of every class its share.
    func places(_ range: Range<Int>) -> [Int] {
        isByClass ? LabelOrder.evenly(range, of: labels) : Array(range)
    }

    /// Height and width where every image has the same; nil where they have to be looked at.
    var commonSize: ImageTransform.Size? {
        guard case .planes = places.first else { return nil }
        return ImageTransform.Size(height: Self.planeSide, width: Self.planeSide)
    }

    /// What image `index` is called in messages.
    func name(_ index: Int) -> String {
        switch places[index] {
        case .file(let path): "\(root)/\(path)"
        case .part(let file, _, let name): "\(files[file].path) (\(name))"
        case .planes(let file, let offset): "\(files[file].path) (byte \(offset))"
        }
    }

    /// Decodes one image.
    ///
    /// - Throws: `DatasetError` where it is broken, `FileError` where it cannot be read.
    func decode(_ index: Int) throws -> Pixels {
        let name = name(index)
        if case .planes = places[index] {
            return try withBytes(index) { bytes in
                guard let pixels = Pixels(planes: bytes, side: Self.planeSide) else {
                    throw DatasetError(name, expected: "memory for an image", found: "too little")
                }
                return pixels
            }
        }
        return try withBytes(index) { bytes in try ImageDecoder.decode(bytes, name: name) }
    }

    /// Lends the encoded bytes of one image.
    func withBytes<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        switch places[index] {
        case .file(let path):
            let bytes = try FileBytes.read("\(root)/\(path)", atMost: Self.longestFile)
            return try bytes.withUnsafeBytes(body)
        case .part(let file, let range, _):
            return try lend(files[file], range, body)
        case .planes(let file, let offset):
            let length = 3 * Self.planeSide * Self.planeSide
            return try lend(files[file], offset..<offset + length, body)
        }
    }

    /// Length of one image as it is stored.
    func byteCount(_ index: Int) throws -> Int {
        switch places[index] {
        case .file(let path): try FileIdentity(of: "\(root)/\(path)").size
        case .part(_, let range, _): range.count
        case .planes: 3 * Self.planeSide * Self.planeSide
        }
    }

    /// A part of the bytes of one image.
    func bytes(_ range: Range<Int>, of index: Int) throws -> [UInt8] {
        if case .file(let path) = places[index] { return try FileBytes.read("\(root)/\(path)", range) }
        return try withBytes(index) { Array($0[range]) }
    }

    private func lend<Result>(
        _ file: MappedFile,
        _ range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try file.checkUnchanged()
        defer { file.release(range) }
        return try body(UnsafeRawBufferPointer(rebasing: file.bytes[range]))
    }
}

extension Pixels {
    /// Three planes of side × side bytes, pixel by pixel; nil where there is no memory.
    fileprivate convenience init?(planes: UnsafeRawBufferPointer, side: Int) {
        precondition(planes.count == 3 * side * side)
        self.init(height: side, width: side, channels: 3)
        for pixel in 0..<side * side {
            for channel in 0..<3 { base[3 * pixel + channel] = planes[channel * side * side + pixel] }
        }
    }
}
