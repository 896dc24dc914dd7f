import Checkpoints
import Datasets

/// A data set: how many samples of what size, and how many of each label.
struct DatasetReport: Report {
    struct Label: Encodable, Equatable {
        let label: Int
        let samples: Int
    }

    let kind = "data set"
    let path: String
    let samples: Int
    let channels: Int
    let height: Int
    let width: Int
    /// One more than the greatest label.
    let classes: Int
    /// In the labels' order, those that occur.
    let labels: [Label]

    init(_ reference: String) throws {
        let data = try Dataset.open(reference)
        path = reference
        samples = data.count
        (channels, height, width) = (data.channels, data.height, data.width)
        var counts: [Int32: Int] = [:]
        for label in data.labels { counts[label, default: 0] += 1 }
        labels = counts.sorted { $0.key < $1.key }.map { Label(label: Int($0.key), samples: $0.value) }
        classes = (labels.last?.label ?? -1) + 1
    }

    var lines: [String] {
        let size = [channels, height, width].shapeText
        let missing = classes - labels.count
        let without = missing == 0 ? "" : ", \(missing.grouped) of them without a sample"
        let first = """
              \(samples.of("sample")) of \(size) (channels×height×width), \
            \(classes.of("class", "classes"))\(without)
            """
        return ["\(path.onOneLine): data set", first] + labelLines
    }

    private var labelLines: [String] {
        guard labels.count <= 1000 else {
            let counts = labels.map(\.samples)
            return ["  samples per label: from \(counts.min() ?? 0) to \(counts.max() ?? 0)"]
        }
        let cells = labels.map { "\($0.label): \($0.samples)" }
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
