import Files
import Foundation

extension CoefficientsFile {
    /// Reads the file and checks that its parts fit together.
    ///
    /// - Throws: `FileError` where it cannot be read, `CheckpointError` where it is not what `write` writes.
    package init(_ path: String) throws {
        let contents: Contents
        do {
            contents = try JSONDecoder().decode(Contents.self, from: try jsonBytes(of: path))
        } catch let error as DecodingError {
            throw CheckpointError(path, error)
        }
        try contents.check(path)
        self.init(
            models: contents.models,
            groups: contents.groups,
            alpha: contents.alpha,
            tensors: contents.tensors,
            temperature: contents.temperature ?? 1,
            weights: contents.weights.flatMap { WeightsKind(rawValue: $0) },
            hasMeasuredStatistics: contents.statistics == "measured"
        )
    }

    /// What the file says, whether or not it makes sense.
    private struct Contents: Decodable {
        let models: [Model]
        let groups: [String]
        let alpha: [[Double]]
        let tensors: [[String]]?
        let temperature: Double?
        let weights: String?
        let statistics: String?

        func check(_ path: String) throws(CheckpointError) {
            func failure(_ expected: String, _ found: String) -> CheckpointError {
                CheckpointError(path, expected: expected, found: found)
            }
            guard !models.isEmpty else { throw failure("at least one model", "none") }
            guard !groups.isEmpty else { throw failure("at least one group", "none") }
            for model in models where !model.isSound {
                throw failure(
                    "models with a path and a sha256 of 64 hexadecimal digits",
                    "\"\(model.path.abridged)\" with \"\(model.sha256.abridged)\""
                )
            }
            if let weights, WeightsKind(rawValue: weights) == nil {
                throw failure("weights \"raw\" or \"averaged\"", "\"\(weights.abridged)\"")
            }
            if let statistics, statistics != "measured" {
                throw failure("statistics \"measured\" or none", "\"\(statistics.abridged)\"")
            }
            var names: Set<String> = []
            for group in groups where !names.insert(group).inserted {
                throw failure("each group once", "\"\(group.abridged)\" twice")
            }
            guard alpha.count == groups.count else {
                throw failure("alpha with \(groups.count) rows, one per group", "\(alpha.count)")
            }
            if let tensors, tensors.count != groups.count {
                throw failure("tensors with \(groups.count) lists, one per group", "\(tensors.count)")
            }
            for (index, row) in alpha.enumerated() where row.count != models.count {
                throw failure(
                    "alpha[\(index)] with \(models.count) numbers, one per model",
                    "\(row.count)"
                )
            }
        }
    }
}

extension CoefficientsFile.Model {
    fileprivate var isSound: Bool {
        let isHexadecimal = sha256.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        return !path.isEmpty && sha256.utf8.count == 64 && isHexadecimal
    }
}

/// The bytes of a small file that should hold JSON.
///
/// - Throws: `FileError` where it cannot be read, `CheckpointError` where it is too large to be one of ours.
package func jsonBytes(of path: String) throws -> Data {
    // Decoded JSON takes several times its length in memory; a thousand groups of a thousand models take a third of this.
    let longest = 64 << 20
    let file = try MappedFile(path)
    guard file.bytes.count <= longest else {
        throw CheckpointError(
            path,
            expected: "JSON of at most \(longest) bytes",
            found: "\(file.bytes.count) bytes"
        )
    }
    // Foundation would take UTF-16 and UTF-32 as well, which nobody else here reads.
    guard String(validating: file.bytes, as: UTF8.self) != nil, !file.bytes.contains(0) else {
        throw CheckpointError(path, expected: "JSON in UTF-8", found: "bytes that are not")
    }
    return withExtendedLifetime(file) { Data(file.bytes) }
}

extension CheckpointError {
    /// What is wrong with a file's JSON, and where in it: "alpha[3][2]".
    fileprivate init(_ file: String, _ error: DecodingError) {
        func place(_ path: [any CodingKey]) -> String {
            let text = path.reduce(into: "") { text, key in
                text += key.intValue.map { "[\($0)]" } ?? "\(text.isEmpty ? "" : ".")\(key.stringValue)"
            }
            return text.isEmpty ? "a JSON object" : "\"\(text.abridged)\""
        }
        switch error {
        case .keyNotFound(let key, let context):
            self.init(file, expected: place(context.codingPath + [key]), found: "none")
        case .valueNotFound(let type, let context):
            self.init(
                file,
                expected: "\(place(context.codingPath)) to be \(Self.word(for: type))",
                found: "null"
            )
        case .typeMismatch(let type, let context):
            self.init(
                file,
                expected: "\(place(context.codingPath)) to be \(Self.word(for: type))",
                found: "something else"
            )
        case .dataCorrupted:
            // Foundation does not say where.
            self.init(
                file,
                expected: "JSON with finite numbers",
                found: "something else, or a file cut short"
            )
        @unknown default:
            self.init(file, expected: "coefficients in JSON", found: "something else")
        }
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is Double.Type: "a number"
        case is String.Type: "a string"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
