import Files
import Foundation
import OrderedCollections
import Tensors

/// A model's weights in one file or several, memory-mapped and read-only; or only their listing, where they lie on
/// another host.
///
/// Opening reads and checks what the files list; weights are read from disk only when asked for. Any number of
/// threads may read at once.
package final class Checkpoint: Sendable {
    /// The file; of a sharded checkpoint its index.
    package let path: String
    package let listing: CheckpointListing
    /// The tensors by name, in the listing's order.
    package let tensors: OrderedDictionary<String, StoredTensor>
    /// Where the files themselves are.
    private let place: Place

    private enum Place {
        case here([MappedFile])
        /// On this host only, as far as is known here; with what they showed there as their sketch.
        case elsewhere(host: String, sketch: String)
    }

    /// A checkpoint that cannot be read here but on `host`; nothing can be read from it.
    ///
    /// - Throws: `CheckpointError` where the listing is not sound.
    package convenience init(
        _ path: String,
        listing: CheckpointListing,
        sketch: String,
        host: String
    ) throws(CheckpointError) {
        try self.init(path, listing, .elsewhere(host: host, sketch: sketch))
    }

    /// Files that are open, and what is in them.
    convenience init(_ path: String, _ listing: CheckpointListing, _ files: [MappedFile])
        throws(CheckpointError)
    {
        precondition(files.map(\.bytes.count) == listing.files.map(\.byteCount))
        try self.init(path, listing, .here(files))
    }

    private init(_ path: String, _ listing: CheckpointListing, _ place: Place) throws(CheckpointError) {
        try listing.check(path)
        self.path = path
        self.listing = listing
        self.place = place
        tensors = OrderedDictionary(uniqueKeysWithValues: listing.tensors.map { ($0.name, $0) })
    }

    /// The folder in which the model's description lies; "" for the present one.
    package var folder: String { Files.folder(of: path) }

    package var metadata: [String: String] { listing.metadata }

    /// Length of all its files.
    package var byteCount: Int { listing.files.reduce(0) { $0 + $1.byteCount } }

    /// The paths of all its files, without the index.
    package var filePaths: [String] {
        let folder = folder
        return listing.index == nil
            ? [path] : listing.files.map { folder.isEmpty ? $0.name : "\(folder)/\($0.name)" }
    }

    /// Names that stand for the same numbers, in groups of two or more.
    package var tied: [[String]] {
        var groups: OrderedDictionary<StoredTensor.Region, [String]> = [:]
        for tensor in tensors.values {
            guard let region = tensor.region else { continue }
            groups[region, default: []].append(tensor.name)
        }
        return groups.values.filter { $0.count > 1 }
    }

    /// Whether its files can be read on this rank.
    package var isHere: Bool { files != nil }

    /// The files' identities; nil where they are elsewhere.
    package var identities: [FileIdentity]? { files?.map(\.identity) }

    /// The path, and the host where it is another one: for messages.
    package var displayName: String {
        switch place {
        case .here: path
        case .elsewhere(let host, _): "\(path) (on \(host))"
        }
    }

    var files: [MappedFile]? {
        switch place {
        case .here(let files): files
        case .elsewhere: nil
        }
    }

    /// SHA-256 in lower-case hexadecimal, only of a checkpoint that is here: of its file; of several, of the list of
    /// theirs as `sha256sum` prints it ("digest  name" and a line break, in the order of their names).
    package func sha256() throws(FileError) -> String {
        guard let files else { preconditionFailure("\(path) is not here") }
        if listing.index == nil, files.count == 1 { return try files[0].sha256() }
        var lines = ""
        for (file, listed) in zip(files, listing.files) {
            lines += "\(try file.sha256())  \(listed.name)\n"
        }
        return Files.sha256(of: lines)
    }

    /// SHA-256 of what is listed and of every file's two ends.
    package func sketch() -> String {
        switch place {
        case .here(let files):
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            // Strings and whole numbers can always be encoded.
            let listed = (try? encoder.encode(listing)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return Files.sha256(of: listed + files.map { $0.sketch() }.joined())
        case .elsewhere(_, let sketch): return sketch
        }
    }
}
