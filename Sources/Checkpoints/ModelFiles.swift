import Files
import Foundation
import Tensors

/// The files that a soup is written into and what stands in each, in order.
///
/// As the ingredients are: the same tensors of the same types in the same shards. What is not mixed is carried along.
package struct ModelFiles: Sendable, Equatable {
    /// A tensor to be written.
    struct Entry: Sendable, Equatable {
        enum Source: Sendable, Equatable {
            /// A parameter of the layout.
            case mixed(Int)
            /// A tensor of the first ingredient, as it is.
            case carried(StoredTensor)
        }

        let name: String
        let type: StoredType
        let shape: [Int]
        let count: Int
        let source: Source

        var byteCount: Int { count * type.byteCount }
    }

    struct File: Sendable, Equatable {
        let name: String
        let entries: [Entry]
    }

    let files: [File]
    /// What the files' headers note.
    private(set) var metadata: [String: String]
    package let index: ShardIndex?

    /// Adds a note to the files' headers.
    mutating func note(_ name: String, _ value: String) { metadata[name] = value }

    /// The files' names; the index is the last.
    package var names: [String] { files.map(\.name) + (index.map { [$0.name] } ?? []) }

    /// Names of the tensors that are copied from the first ingredient.
    package var carried: [StoredTensor] {
        files.flatMap(\.entries).compactMap { entry in
            if case .carried(let tensor) = entry.source { tensor } else { nil }
        }
    }

    /// The usual name of a model in one file.
    package static let usualName = "model.safetensors"

    /// Files like those of `first`, an ingredient, for the parameters of `layout`.
    ///
    /// A tensor that is not in the layout is carried along as it is, unless it is only another name of one that is: then
    /// it gets the same mixed numbers. Tensors of a safetensors file keep their order; otherwise they come in the order
    /// of safetensors' own library, widest elements first, then by name.
    ///
    /// - Parameters:
    ///   - first: the first ingredient.
    ///   - layout: the parameters that are mixed.
    ///   - inOneFile: whether shards are put together.
    /// - Throws: `CheckpointError` where `first` lacks a parameter, or has it in another shape or of a type that cannot be
    ///   mixed.
    package init(like first: Checkpoint, layout: ParameterLayout, inOneFile: Bool = false)
        throws(CheckpointError)
    {
        var parameters: [String: Int] = [:]
        var regions: [StoredTensor.Region: Int] = [:]
        for (index, parameter) in layout.parameters.enumerated() {
            let tensor = try first.tensor(of: parameter)
            _ = try first.element(of: tensor)
            parameters[parameter.name] = index
            if let region = tensor.region { regions[region] = index }
        }
        var parts = Array(repeating: [Entry](), count: first.listing.files.count)
        for tensor in first.tensors.values {
            let mixed = parameters[tensor.name] ?? tensor.region.flatMap { regions[$0] }
            parts[tensor.file].append(
                Entry(
                    name: tensor.name,
                    type: tensor.type,
                    shape: tensor.shape,
                    count: tensor.count,
                    source: mixed.map { .mixed($0) } ?? .carried(tensor)
                )
            )
        }
        if first.listing.container != .safetensors { parts = parts.map(Self.sorted) }
        metadata = first.metadata
        if let index = first.listing.index, !inOneFile {
            let old = first.listing.files.map(\.name)
            var names = old.map(Self.outputName)
            if Set(names).count < names.count { names = old.map { "\($0).safetensors" } }
            let files = zip(names, parts).map { File(name: $0, entries: $1) }
            self.files = files
            self.index = names == old ? index : Self.index(of: files)
        } else {
            files = [
                File(
                    name: Self.usualName,
                    entries: parts.count == 1 ? parts[0] : Self.sorted(parts.flatMap { $0 })
                )
            ]
            index = nil
        }
    }

    /// One file with the parameters of `layout` alone, those of wider elements first.
    init(_ layout: ParameterLayout, types: [ElementType], metadata: [String: String]) {
        precondition(types.count == layout.parameters.count)
        let order = layout.parameters.indices.sorted {
            (-types[$0].byteCount, $0) < (-types[$1].byteCount, $1)
        }
        let entries = order.map { place in
            let parameter = layout.parameters[place]
            return Entry(
                name: parameter.name,
                type: StoredType(types[place]),
                shape: parameter.shape,
                count: parameter.range.count,
                source: .mixed(place)
            )
        }
        files = [File(name: Self.usualName, entries: entries)]
        self.metadata = metadata
        index = nil
    }

    private static func sorted(_ entries: [Entry]) -> [Entry] {
        entries.sorted { left, right in
            if left.type != right.type { return left.type.rank < right.type.rank }
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
    }

    /// "model-00001-of-00002.safetensors" for "pytorch_model-00001-of-00002.bin".
    private static func outputName(_ name: String) -> String {
        guard !name.hasSuffix(".safetensors") else { return name }
        let suffix = CheckpointListing.Container.torch.suffixes.first(where: name.hasSuffix) ?? ""
        let stem = name.dropLast(suffix.count)
        let old = "pytorch_model"
        return (stem.hasPrefix(old) ? "model" + stem.dropFirst(old.count) : String(stem)) + ".safetensors"
    }

    /// An index as Hugging Face's libraries write it.
    private static func index(of files: [File]) -> ShardIndex {
        var lines: [(name: String, file: String)] = []
        for file in files {
            for entry in file.entries { lines.append((entry.name, file.name)) }
        }
        lines.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let size = files.flatMap(\.entries).reduce(0) { $0 + $1.byteCount }
        let map = lines.map { "    \($0.name.inQuotes): \($0.file.inQuotes)" }.joined(separator: ",\n")
        return ShardIndex(
            name: "model.safetensors.index.json",
            text:
                "{\n  \"metadata\": {\n    \"total_size\": \(size)\n  },\n  \"weight_map\": {\n\(map)\n  }\n}\n"
        )
    }
}

extension String {
    /// Itself as JSON writes it.
    var inQuotes: String {
        let escaped = unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\u{8}": "\\b"
            case "\u{C}": "\\f"
            case "\0"..<" ":
                "\\u" + String(repeating: "0", count: scalar.value < 16 ? 3 : 2)
                    + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }
}
