import Files
import OrderedCollections
import Tensors

/// One tensor of a checkpoint and where its numbers lie.
package struct StoredTensor: Sendable, Equatable {
    package let name: String
    package let type: ElementType
    package let shape: [Int]
    /// Its bytes, counted from the beginning of the file.
    package let byteRange: Range<Int>

    package init(name: String, type: ElementType, shape: [Int], byteRange: Range<Int>) {
        self.name = name
        self.type = type
        self.shape = shape
        self.byteRange = byteRange
    }

    package var count: Int { byteRange.count / type.byteCount }
}

/// A model's weights in a safetensors file, memory-mapped and read-only.
///
/// Opening reads and checks the header; weights are read from disk only when asked for. Any number of threads may
/// read at once.
package final class CheckpointFile: Sendable {
    package let path: String
    /// The tensors by name, in the order of their place in the file.
    package let tensors: OrderedDictionary<String, StoredTensor>
    package let metadata: [String: String]
    private let file: MappedFile

    /// Opens a file and checks its whole header against its length.
    ///
    /// - Throws: `FileError` where it cannot be read, `CheckpointError` where it is not a sound safetensors file or holds a
    ///   tensor of another type than float32, float16 and bfloat16.
    package init(_ path: String) throws {
        self.path = path
        file = try MappedFile(path)
        let header = try SafetensorsHeader(file.bytes, path: path)
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for entry in header.entries {
            guard let type = ElementType(rawValue: entry.type) else {
                throw CheckpointError(
                    path,
                    tensor: entry.name.abridged,
                    expected:
                        "an element type of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))",
                    found: entry.type
                )
            }
            tensors[entry.name] = StoredTensor(
                name: entry.name,
                type: type,
                shape: entry.shape,
                byteRange: entry.byteRange
            )
        }
        guard !tensors.isEmpty else {
            throw CheckpointError(path, expected: "at least one tensor", found: "none")
        }
        self.tensors = tensors
        metadata = header.metadata
    }

    /// Reads `elements` of a tensor of this file as float32.
    ///
    /// Touches only those elements' bytes and drops their pages afterwards, so that resident memory stays small.
    ///
    /// - Throws: `CheckpointError` where a value is NaN or infinite, `FileError` where the file was cut meanwhile.
    package func read(
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        into target: UnsafeMutablePointer<Float>
    ) throws {
        precondition(tensor == tensors[tensor.name], "a tensor of another file")
        precondition(elements.lowerBound >= 0 && elements.upperBound <= tensor.count)
        guard let base = file.bytes.baseAddress, !elements.isEmpty else { return }
        try file.checkUnchanged()
        let size = tensor.type.byteCount
        let first = tensor.byteRange.lowerBound + elements.lowerBound * size
        let last = tensor.byteRange.lowerBound + elements.upperBound * size
        defer { file.release(first..<last) }
        // Small enough that the check finds the converted numbers still in the first-level cache.
        let step = 4096
        for start in stride(from: 0, to: elements.count, by: step) {
            let count = min(step, elements.count - start)
            tensor.type.decode(base + first + start * size, count: count, into: target + start)
            if let index = firstNonFinite(target + start, count: count) {
                throw CheckpointError(
                    path,
                    tensor: tensor.name.abridged,
                    expected: "finite numbers",
                    found: "\(target[start + index]) at element \(elements.lowerBound + start + index)"
                )
            }
        }
    }

    /// SHA-256 of the whole file, in lower-case hexadecimal.
    package func sha256() -> String { file.sha256() }

    /// SHA-256 of the file's two ends.
    package func sketch() -> String { file.sketch() }

    package var byteCount: Int { file.bytes.count }
}
