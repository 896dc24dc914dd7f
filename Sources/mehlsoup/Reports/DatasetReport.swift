import Checkpoints
import Datasets

/// A data set: how many samples of what size, and how many of each label.
struct DatasetReport: Report {
    struct Label: Encodable, Equatable {
        let label: Int
        /// Where it is known.
        var name: String?
        let samples: Int
    }

    let kind = "data set"
    let path: String
    let samples: Int
    /// Nil for image files, which a model's transform gives their size.
    let channels: Int?
    let height: Int?
    let width: Int?
    /// Of image files: what they lie in.
    let images: String?
    /// One more than the greatest label.
    let classes: Int
    /// In the labels' order, those that occur.
    let labels: [Label]

    init(_ reference: String) throws {
        path = reference
        let found: [Int32]
        var names: [String] = []
        if let listing = try ImageListing(reference) {
            images = listing.kind
            (channels, height, width) = (nil, nil, nil)
            (found, names) = (listing.labels, listing.classNames)
        } else {
            let data = try Dataset.open(reference)
            images = nil
            (channels, height, width) = (data.channels, data.height, data.width)
            found = data.labels
        }
        samples = found.count
        var counts: [Int32: Int] = [:]
        for label in found { counts[label, default: 0] += 1 }
        labels = counts.sorted { $0.key < $1.key }.map { label, count in
            let name = names.indices.contains(Int(label)) ? names[Int(label)] : nil
            return Label(label: Int(label), name: name, samples: count)
        }
        classes = (labels.last?.label ?? -1) + 1
    }

    var lines: [String] {
        let missing = classes - labels.count
        let without = missing == 0 ? "" : ", \(missing.grouped) of them without a sample"
        let first = "  \(samples.of("sample")) \(form), \(classes.of("class", "classes"))\(without)"
        return ["\(path.onOneLine): data set", first] + labelLines
    }

    private var form: String {
        if let images { return "in a \(images)" }
        return "of \([channels, height, width].compactMap { $0 }.shapeText) (channels×height×width)"
    }

    private var labelLines: [String] {
        guard labels.count <= 1000 else {
            let counts = labels.map(\.samples)
            return ["  samples per label: from \(counts.min() ?? 0) to \(counts.max() ?? 0)"]
        }
        let cells = labels.map { "\($0.label)\($0.name.map { " (\($0.onOneLine))" } ?? ""): \($0.samples)" }
        let width = (cells.map(\.count).max() ?? 0) + 2
        let perLine = max(90 / width, 1)
        return ["  samples per label"]
            + stride(from: 0, to: cells.count, by: perLine).map { start in
                let line = cells[start..<min(start + perLine, cells.count)].map { cell in
                    cell + String(repeating: " ", count: width - cell.count)
                }
                return "    " + line.joined().trimmingSuffix(while: { $0 == " " })
            }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        String(self[..<(lastIndex { !isTrimmed($0) }.map(index(after:)) ?? startIndex)])
    }
}
