import Archives
import Diagnostics
import Files

/// A checkpoint as `torch.save` writes it: a zip file of a pickle that describes the tensors, and of their numbers.
///
/// The members, below a folder of any name: `data.pkl`; `data/0`, `data/1` and so on, one for each storage, never
/// packed; `byteorder`. Source: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/serialization.py.
struct TorchFile {
    let listing: CheckpointListing

    /// * `wanted`: which weights of a training checkpoint
    init(_ file: MappedFile, wanted: WeightsKind? = nil) throws {
        let path = file.path
        let archive = try ZipArchive(file)
        let root = try Self.root(of: archive, path)
        let member = try Self.stored("\(root)data.pkl", in: archive)
        // The file must stay mapped for as long as the pickle is decoded.
        let pickle = try withExtendedLifetime(file) {
            try Unpickler.decode(UnsafeRawBufferPointer(rebasing: file.bytes[member]), path: path)
        }
        let state = try StateDictionary(pickle, wanted: wanted, path: path)
        var storages = TorchStorages(archive, root: root, path: path)
        var tensors: [StoredTensor] = []
        for (name, value) in state.tensors {
            let tensor = try TorchTensor(pickle, value, named: name, path: path)
            tensors.append(try storages.place(tensor, named: name))
        }
        let prefix = Self.commonPrefix(tensors.map(\.name))
        listing = CheckpointListing(
            .torch,
            files: [CheckpointListing.File(name: Files.name(of: path), byteCount: file.bytes.count)],
            tensors: prefix.isEmpty
                ? tensors
                : tensors.map {
                    $0.renamed(String(Substring($0.name.utf8.dropFirst(prefix.utf8.count))))
                },
            // As a safetensors file made in PyTorch says: some readers take no other.
            metadata: ["format": "pt"],
            wrapper: state.entry?.name,
            kind: state.entry?.kind,
            unread: state.others,
            prefix: prefix
        )
    }

    /// What is said of files of the time before zip files.
    static func legacy(_ path: String) -> CheckpointError {
        CheckpointError(
            path,
            expected: "a PyTorch file in zip form",
            found: "the form of PyTorch before 1.6: load it in PyTorch, if you trust it, "
                + "and save it anew with torch.save(…)"
        )
    }

    /// The bytes of a member that is not packed.
    static func stored(_ name: String, in archive: ZipArchive) throws -> Range<Int> {
        let member = try archive.member(name)
        guard member.method == .stored else {
            throw CheckpointError(
                member.path,
                expected: "a member that is not packed, as torch.save writes it",
                found:
                    "a deflated one: unpack the file and zip it again with zip -0, or save it anew in PyTorch"
            )
        }
        return member.range
    }

    /// The folder in the archive that everything lies in, with a slash at its end.
    private static func root(of archive: ZipArchive, _ path: String) throws(CheckpointError) -> String {
        let pickle = "data.pkl"
        let names = archive.names
        guard
            let found = names.first(where: {
                $0 == pickle || $0.hasSuffix("/\(pickle)") && $0.count { $0 == "/" } == 1
            })
        else {
            let some = names.prefix(4).joined(separator: ", ")
            throw CheckpointError(
                path,
                expected: "a file that torch.save wrote, with \(pickle) in it",
                found: some.isEmpty ? "an empty archive" : some.abridged
            )
        }
        let root = String(found.dropLast(pickle.count))
        if names.contains(where: { $0 == "\(root)constants.pkl" || $0.hasPrefix("\(root)code/") }) {
            throw CheckpointError(
                path,
                expected: "weights",
                found: "a TorchScript program: load it with torch.jit.load, if you trust it, "
                    + "and save its weights with torch.save(model.state_dict(), …)"
            )
        }
        return root
    }

    /// What DistributedDataParallel and torch.compile put before every name.
    private static func commonPrefix(_ names: [String]) -> String {
        var prefix = ""
        // What is left of each, so that a name which repeats a word without end takes no time without end.
        var rest = names.map { Substring($0).utf8 }
        while let next = ["module.", "_orig_mod."].first(where: { word in
            rest.allSatisfy { $0.starts(with: word.utf8) && $0.dropFirst(word.utf8.count).first != nil }
        }) {
            prefix += next
            rest = rest.map { $0.dropFirst(next.utf8.count) }
        }
        return prefix
    }
}

/// Where the numbers of tensors lie in a PyTorch file.
struct TorchStorages {
    private let archive: ZipArchive
    private let root: String
    private let path: String
    private var places: [String: Range<Int>] = [:]
    private var isOrderKnown = false

    init(_ archive: ZipArchive, root: String, path: String) {
        self.archive = archive
        self.root = root
        self.path = path
    }

    /// Finds a tensor's numbers and makes sure that they are all there.
    mutating func place(_ tensor: TorchTensor, named name: String) throws -> StoredTensor {
        func failure(_ expected: String, _ found: String) -> CheckpointError {
            CheckpointError(path, tensor: name.abridged, expected: expected, found: found)
        }
        try checkByteOrder()
        let storage = try range(of: tensor.storage)
        let size = tensor.type.byteCount
        guard let claimed = [tensor.storageCount, tensor.storageUnit].product, claimed <= storage.count else {
            throw failure(
                "\(tensor.storageCount) elements of \(tensor.storageUnit) bytes in data/\(tensor.storage.abridged)",
                "\(storage.count) bytes"
            )
        }
        guard let start = [tensor.offset, size].product, start <= storage.count,
            let placed = StoredTensor(
                name: name,
                type: tensor.type,
                shape: tensor.shape,
                offset: storage.lowerBound + start,
                strides: tensor.strides
            ), let extent = placed.extent, extent <= storage.count - start
        else {
            throw failure(
                "its numbers within the \(storage.count) bytes of data/\(tensor.storage.abridged)",
                "shape \(tensor.shape.shapeText.abridged) of \(tensor.type.rawValue) from element \(tensor.offset) on"
            )
        }
        return placed
    }

    private mutating func range(of storage: String) throws -> Range<Int> {
        if let known = places[storage] { return known }
        let found = try TorchFile.stored("\(root)data/\(storage)", in: archive)
        places[storage] = found
        return found
    }

    private mutating func checkByteOrder() throws {
        let name = "\(root)byteorder"
        guard !isOrderKnown, archive.contains(name) else { return }
        isOrderKnown = true
        let order = archive.file.bytes[try TorchFile.stored(name, in: archive)]
        guard order.elementsEqual("little".utf8) else {
            throw CheckpointError(
                path,
                expected: "numbers in little-endian order",
                found: String(decoding: order.prefix(20), as: UTF8.self)
            )
        }
    }
}
