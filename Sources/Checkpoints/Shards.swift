import Files
import Foundation

/// The files of a sharded checkpoint, opened and compared with their index.
struct Shards {
    let listing: CheckpointListing
    let files: [MappedFile]

    /// In bytes, of a file: NAME_MAX of Linux.
    private static let longestName = 255
    /// More shards than any model has: what an index claims is not believed without end.
    private static let mostShards = 10_000

    /// * `wanted`: which weights of training checkpoints
    init(index path: String, wanted: WeightsKind? = nil) throws {
        let text = try MappedFile(path).text()
        let shardOfTensor = try Self.weightMap(text, path)
        let folder = Files.folder(of: path)
        var files: [MappedFile] = []
        var parts: [CheckpointListing] = []
        for name in Set(shardOfTensor.values).sorted() {
            let file = try MappedFile(folder.isEmpty ? name : "\(folder)/\(name)")
            files.append(file)
            parts.append(try CheckpointListing(of: file, wanted: wanted))
        }
        let listed = parts.map(\.files[0])
        if let other = parts.firstIndex(where: { $0.container != parts[0].container }) {
            throw CheckpointError(
                files[other].path,
                expected: "\(parts[0].container.rawValue) as \(listed[0].name) is",
                found: parts[other].container.rawValue
            )
        }
        let stripped = Set(parts.map(\.prefix))
        guard stripped.count == 1 else {
            throw CheckpointError(
                path,
                expected: "shards whose tensors are all named alike",
                found: "some that begin with \(stripped.sorted().last?.abridged ?? "")"
            )
        }
        for (shard, part) in parts.enumerated() {
            for tensor in part.tensors {
                let claimed = shardOfTensor[part.prefix + tensor.name]
                guard claimed != listed[shard].name else { continue }
                throw CheckpointError(
                    files[shard].path,
                    tensor: tensor.name.abridged,
                    expected: "it in \(claimed?.abridged ?? "no shard"), as \(Files.name(of: path)) says",
                    found: "it here"
                )
            }
        }
        let prefix = parts[0].prefix
        let found = Set(parts.flatMap { part in part.tensors.map { prefix + $0.name } })
        if let missing = shardOfTensor.keys.filter({ !found.contains($0) }).min() {
            throw CheckpointError(
                "\(path)",
                tensor: missing.abridged,
                expected: "it in \(shardOfTensor[missing]?.abridged ?? "")",
                found: "no such tensor there"
            )
        }
        self.files = files
        listing = CheckpointListing(
            parts[0].container,
            files: listed,
            index: ShardIndex(name: Files.name(of: path), text: text),
            tensors: parts.enumerated().flatMap { shard, part in part.tensors.map { $0.moved(to: shard) } },
            metadata: parts[0].metadata,
            wrapper: parts[0].wrapper,
            kind: parts[0].kind,
            unread: parts[0].unread,
            prefix: prefix
        )
    }

    /// The shards that an index names; none where the file is no sound index.
    static func names(ofIndex path: String) -> Set<String> {
        guard FolderNames.isIndex(Files.name(of: path)), let text = try? MappedFile(path).text(),
            let map = try? weightMap(text, path)
        else { return [] }
        return Set(map.values)
    }

    /// The shard of every tensor.
    private static func weightMap(_ text: String, _ path: String) throws(CheckpointError) -> [String: String]
    {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any],
            let map = root["weight_map"] as? [String: String], !map.isEmpty
        else {
            throw CheckpointError(
                path,
                expected: "an index with a \"weight_map\" from tensors to files",
                found: "something else"
            )
        }
        for (tensor, file) in map
        where file.isEmpty || file.utf8.count > longestName || file.contains("/") || file.contains("\0")
            || file.hasPrefix(".")
        {
            throw CheckpointError(
                path,
                tensor: tensor.abridged,
                expected: "the name of a file beside the index",
                found: "\"\(file.abridged)\""
            )
        }
        let count = Set(map.values).count
        guard count <= mostShards else {
            throw CheckpointError(path, expected: "at most \(mostShards) shards", found: "\(count)")
        }
        return map
    }
}
