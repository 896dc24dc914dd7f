import Foundation

/// What `inspect` found out about one thing: lines to read, and members of a JSON object.
protocol Report: Encodable {
    var lines: [String] { get }
}

extension Int {
    /// With a comma between thousands: "86,567,656".
    var grouped: String {
        let digits = Array(String(magnitude))
        let text = digits.indices.map { index in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digits[index])" : "\(digits[index])"
        }
        return (self < 0 ? "-" : "") + text.joined()
    }

    /// With a noun: "1 tensor", "28 tensors".
    func of(_ noun: String, _ plural: String? = nil) -> String {
        "\(grouped) \(self == 1 ? noun : plural ?? noun + "s")"
    }
}

/// The rows with their columns aligned; each row has as many cells as `columns` has names.
func table(_ columns: [String], _ rows: [[String]], alignRight: Set<Int> = []) -> [String] {
    let all = [columns] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
        let cells = row.enumerated().map { column, cell in
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            if alignRight.contains(column) { return padding + cell }
            return column == columns.count - 1 ? cell : cell + padding
        }
        return "  " + cells.joined(separator: "  ")
    }
}

func significant(_ value: Double) -> String { String(format: "%.4g", value) }
