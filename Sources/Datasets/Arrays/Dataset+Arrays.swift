import Checkpoints
import Diagnostics
import Files

extension Dataset {
    private static func doubts(_ range: Range<Int>, of labels: StoredArray, _ name: String) -> [Doubt] {
        // Labels outside the range need not be sound.
        let all = (0..<labels.shape[0]).map { labels.label(at: $0) ?? -1 }
        return [LabelOrder.doubt(range, of: all, name)].compactMap { $0 }
    }

    /// A data set of arrays; throws where their shapes or numbers are not those of images and labels.
    ///
    /// * `labels`: nil where they are not known
    convenience init(
        _ reference: DatasetReference,
        images: StoredArray,
        labels: StoredArray?
    ) throws(DatasetError) {
        let name = reference.text
        let shape = images.shape
        let (channels, height, width): (Int, Int, Int)
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
        let range = try reference.range(of: shape[0])
        var known = [Int32](repeating: 0, count: range.count)
        if let labels { known = try Self.checked(labels, range, of: shape[0], name) }
        self.init(
            name: name,
            labels: known,
            isLabelled: labels != nil,
            origins: [images.storage.origin] + (labels.map { [$0.storage.origin] } ?? []),
            shape: (channels, height, width),
            content: .array(images, first: range.lowerBound),
            doubts: labels.map { range.count < shape[0] ? Self.doubts(range, of: $0, name) : [] } ?? []
        )
    }

    /// The labels of samples `range` of `count`.
    private static func checked(
        _ labels: StoredArray,
        _ range: Range<Int>,
        of count: Int,
        _ name: String
    ) throws(DatasetError) -> [Int32] {
        guard labels.shape == [count], labels.number != .float32 else {
            throw DatasetError(
                name,
                part: "labels",
                expected: "\(count) integers, one per image",
                found: "\(labels.number.rawValue) \(labels.shape.shapeText.abridged)"
            )
        }
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
        return checked
    }
}
