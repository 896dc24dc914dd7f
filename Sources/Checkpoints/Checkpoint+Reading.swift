import Files
import Tensors

extension Checkpoint {
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
        try withStored(tensor, elements) { stored in
            try decode(stored, tensor, elements, into: target)
        }
    }

    /// Copies `elements` of a tensor of this file as they are stored, whatever they are.
    ///
    /// - Throws: `FileError` where the file was cut meanwhile.
    func copyStored(_ tensor: StoredTensor, _ elements: Range<Int>, into target: UnsafeMutableRawPointer)
        throws
    {
        try withStored(tensor, elements) { stored in
            target.copyMemory(from: stored, byteCount: elements.count * tensor.type.byteCount)
        }
    }

    /// Turns `elements` of a tensor of this file, stored at `stored`, into float32.
    ///
    /// - Throws: `CheckpointError` where a value is NaN or infinite.
    func decode(
        _ stored: UnsafeRawPointer,
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        into target: UnsafeMutablePointer<Float>
    ) throws(CheckpointError) {
        let size = tensor.type.byteCount
        // Small enough that the check finds the converted numbers still in the first-level cache.
        let step = 4096
        for start in stride(from: 0, to: elements.count, by: step) {
            let count = min(step, elements.count - start)
            tensor.type.decode(stored + start * size, count: count, into: target + start)
            if let index = firstNonFinite(target + start, count: count) {
                throw CheckpointError(
                    displayName,
                    tensor: tensor.name.abridged,
                    expected: "finite numbers",
                    found: "\(target[start + index]) at element \(elements.lowerBound + start + index)"
                )
            }
        }
    }

    private func withStored(
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        _ body: (UnsafeRawPointer) throws -> Void
    ) throws {
        precondition(tensor == tensors[tensor.name], "a tensor of another file")
        precondition(elements.lowerBound >= 0 && elements.upperBound <= tensor.count)
        guard let file else { preconditionFailure("\(path) is not here") }
        guard let base = file.bytes.baseAddress, !elements.isEmpty else { return }
        try file.checkUnchanged()
        let size = tensor.type.byteCount
        let first = tensor.byteRange.lowerBound + elements.lowerBound * size
        defer { file.release(first..<first + elements.count * size) }
        try body(base + first)
    }
}
