import Archives
import Diagnostics
import Foundation

/// Where the numbers of a tensor lie in the archive of an exported program, and how.
struct StoredPayload {
    enum Folder: String, CaseIterable {
        case constants, weights
    }

    /// What the archive's list says of it.
    private struct Entry: Decodable {
        let pathName: String
        let usePickle: Bool?
        let tensorMeta: Meta?
    }

    private struct Meta: Decodable {
        let dtype: Int
        let sizes: [ProgramSchema.SymbolicInteger]
        let strides: [ProgramSchema.SymbolicInteger]
        let storageOffset: ProgramSchema.SymbolicInteger?
    }

    /// Name of the member of the archive.
    let member: String
    private let meta: Meta

    /// Of tensors of a folder of the archive, by their names in the state dict; what is of a kind that is not read is left out.
    ///
    /// * `wanted`: the tensors asked for
    static func all(_ wanted: Set<String>, _ folder: Folder, in archive: ZipArchive) throws -> [String:
        StoredPayload]
    {
        let list = "model_\(folder)_config.json"
        guard let name = archive.names.first(where: { $0.hasSuffix("/data/\(folder)/\(list)") }) else {
            return [:]
        }
        let base = name.dropLast(list.count)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let bytes = try archive.contents(of: name, most: ExportedProgram.mostBytes)
        // Names of tensors are keys, which the strategy would change, too.
        guard let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
            let entries = json["config"] as? [String: Any]
        else {
            throw GraphFileError(
                file: archive.file.path,
                subject: name.onOneLine.abridged,
                expected: "JSON",
                found: "none"
            )
        }
        var found: [String: StoredPayload] = [:]
        for (tensor, entry) in entries where wanted.contains(tensor) {
            guard let data = try? JSONSerialization.data(withJSONObject: entry),
                let entry = try? decoder.decode(Entry.self, from: data), entry.usePickle != true,
                let meta = entry.tensorMeta, archive.contains(base + entry.pathName)
            else { continue }
            found[tensor] = StoredPayload(member: base + entry.pathName, meta: meta)
        }
        return found
    }

    var shape: [Int] { meta.sizes.compactMap(\.asInt) }

    /// PyTorch's number of it.
    var elementType: Int { meta.dtype }

    /// The elements one after another in row-major order; nil where the bytes are no such array.
    ///
    /// * `bytes`: of the member
    func rowMajor(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        guard let size = ConstantArray.byteCount(elementType: meta.dtype),
            meta.strides.count == meta.sizes.count
        else { return nil }
        let shape = shape
        let strides = meta.strides.compactMap(\.asInt)
        let start = meta.storageOffset?.asInt ?? 0
        let most = bytes.count / size
        guard shape.count == meta.sizes.count, strides.count == shape.count, (0...most).contains(start),
            shape.allSatisfy({ (0...most).contains($0) }), strides.allSatisfy({ (0...most).contains($0) })
        else { return nil }
        let (count, overflow) = shape.reduce((1, false)) { product, size in
            let next = product.0.multipliedReportingOverflow(by: size)
            return (next.partialValue, product.1 || next.overflow)
        }
        // No more than there are, so that a short file does not fill memory.
        guard !overflow, count <= most, count > 0 else { return nil }
        let last = start + zip(shape, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        guard last < most else { return nil }
        var next = 1
        let isRowMajor = zip(shape, strides).reversed().allSatisfy { size, stride in
            defer { next *= size }
            return size == 1 || stride == next
        }
        if isRowMajor { return bytes[start * size..<(start + count) * size] }
        var stored: [UInt8] = []
        stored.reserveCapacity(count * size)
        for place in ConstantArray.places(shape: shape, strides: strides, start: start) {
            stored += bytes[place * size..<(place + 1) * size]
        }
        return stored[...]
    }
}
