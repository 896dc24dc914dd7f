import Diagnostics
import Files
import Foundation

/// A learned soup's coefficients, `coefficients.json`: what `learn` writes and `mix` reads.
package struct CoefficientsFile: Sendable, Equatable {
    /// An ingredient, and the SHA-256 of its file in lower-case hexadecimal.
    package struct Model: Sendable, Equatable, Codable {
        package let path: String
        package let sha256: String

        package init(path: String, sha256: String) {
            self.path = path
            self.sha256 = sha256
        }
    }

    package let models: [Model]
    /// Names of the groups.
    package let groups: [String]
    /// α, groups × models.
    package let alpha: [[Double]]
    /// The names of each group's tensors; nil where the groups are the tensors, the layers or the whole model.
    package let tensors: [[String]]?
    package let temperature: Double
    /// Which weights of training checkpoints were mixed, where that was said; nil for those that are read by themselves.
    package let weights: WeightsKind?
    /// Whether the soup's statistics of batch norms are not the mixture of the ingredients'.
    package let hasMeasuredStatistics: Bool

    /// How far from 1 a group's Σ α may lie before it is worth a warning.
    static let sumTolerance = 1e-6

    /// The coefficients of a soup; `alpha` is groups × models.
    package init(
        models: [Model],
        groups: [String],
        alpha: [[Double]],
        tensors: [[String]]? = nil,
        temperature: Double = 1,
        weights: WeightsKind? = nil,
        hasMeasuredStatistics: Bool = false
    ) {
        precondition(alpha.count == groups.count && alpha.allSatisfy { $0.count == models.count })
        self.tensors = tensors
        self.models = models
        self.groups = groups
        self.alpha = alpha
        self.temperature = temperature
        self.weights = weights
        self.hasMeasuredStatistics = hasMeasuredStatistics
    }

    /// Σ α of every group, over the models.
    package var sums: [Double] { alpha.map { $0.reduce(0, +) } }

    /// A line for all groups whose Σ α is not 1; none where every group's is.
    package var warning: String? {
        let off = zip(groups, sums).filter { abs($0.1 - 1) > Self.sumTolerance }
        guard let worst = off.max(by: { abs($0.1 - 1) < abs($1.1 - 1) }) else { return nil }
        return """
            Σ α is not 1 in \(off.count) of \(groups.count) groups; furthest off is \
            "\(worst.0.abridged)" with \(worst.1)
            """.onOneLine
    }

    /// Writes the file, one line per model and per group, with the fewest digits that read back as the same number.
    ///
    /// - Throws: `FileError` where it cannot be written, `RunError` where a number is not finite.
    package func write(to path: String) throws {
        try AtomicFile.write(try text(for: path), to: path)
    }

    /// What the file at `path` is to hold.
    ///
    /// - Throws: `RunError` where a number is not finite.
    package func text(for path: String) throws -> String {
        for (group, row) in zip(groups, alpha) {
            guard let model = row.firstIndex(where: { !$0.isFinite }) else { continue }
            throw RunError(
                """
                \(path): the coefficient of \(models[model].path) in group "\(group.onOneLine)" is \(row[model]): \
                the learning diverged; nothing was written
                """
            )
        }
        guard temperature.isFinite else {
            throw RunError("\(path): the temperature is \(temperature); nothing was written")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func list(_ name: String, _ items: [some Encodable]) throws -> String {
            let lines = try items.map { "    " + String(decoding: try encoder.encode($0), as: UTF8.self) }
            return "  \"\(name)\": [\n\(lines.joined(separator: ",\n"))\n  ]"
        }
        var members = [
            try list("models", models), try list("groups", groups), try list("alpha", alpha),
        ]
        if let tensors { members.append(try list("tensors", tensors)) }
        members.append("  \"temperature\": \(temperature)")
        if let weights { members.append("  \"weights\": \"\(weights)\"") }
        if hasMeasuredStatistics { members.append("  \"statistics\": \"measured\"") }
        return "{\n\(members.joined(separator: ",\n"))\n}\n"
    }
}
