import Files
import Tensors

extension Checkpoint {
    /// Reads `elements` of a tensor of this checkpoint, in row-major order, as float32.
    ///
    /// Touches only those elements' bytes and drops their pages afterwards, so that resident memory stays small.
    ///
    /// * `mustBeFinite`: whether NaN and infinity are errors
    ///
    /// - Throws: `CheckpointError` where a value is NaN or infinite, `FileError` where the file was cut meanwhile.
    package func read(
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        into target: UnsafeMutablePointer<Float>,
        mustBeFinite: Bool = true
    ) throws {
        try withStored(tensor, elements) { stored in
            guard let strides = tensor.strides else {
                return try decode(stored, tensor, elements, into: target, mustBeFinite: mustBeFinite)
            }
            let length = min(elements.count, Self.pieceLength)
            let scratch = AlignedBuffer<UInt8>(count: length * tensor.type.byteCount)
            for start in stride(from: elements.lowerBound, to: elements.upperBound, by: length) {
                let piece = start..<min(start + length, elements.upperBound)
                gather(piece, of: tensor, strides, from: stored, into: scratch.base)
                let place = target + (start - elements.lowerBound)
                try decode(scratch.base, tensor, piece, into: place, mustBeFinite: mustBeFinite)
            }
        }
    }

    /// Copies `elements` of a tensor of this checkpoint as they are stored, in row-major order, whatever they are.
    ///
    /// - Throws: `FileError` where the file was cut meanwhile.
    package func copyStored(
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        into target: UnsafeMutableRawPointer
    ) throws {
        try withStored(tensor, elements) { stored in
            if let strides = tensor.strides {
                gather(elements, of: tensor, strides, from: stored, into: target)
            } else {
                target.copyMemory(from: stored, byteCount: elements.count * tensor.type.byteCount)
            }
        }
    }

    /// SHA-256 of a tensor's elements as they are stored, in row-major order, in lower-case hexadecimal.
    ///
    /// - Throws: `FileError` where the file was cut meanwhile.
    package func sha256(of tensor: StoredTensor) throws -> String {
        var digest = RunningDigest()
        let length = min(tensor.count, 1 << 20)
        let scratch = AlignedBuffer<UInt8>(count: length * tensor.type.byteCount)
        for start in stride(from: 0, to: tensor.count, by: max(length, 1)) {
            let piece = start..<min(start + length, tensor.count)
            try copyStored(tensor, piece, into: scratch.base)
            digest.update(
                UnsafeRawBufferPointer(start: scratch.base, count: piece.count * tensor.type.byteCount)
            )
        }
        return digest.text
    }

    /// Turns `elements` of a tensor of this checkpoint, stored at `stored` one after another, into float32.
    ///
    /// - Throws: `CheckpointError` where a value is NaN or infinite, or the type is none of numbers that can be mixed.
    func decode(
        _ stored: UnsafeRawPointer,
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        into target: UnsafeMutablePointer<Float>,
        mustBeFinite: Bool = true
    ) throws(CheckpointError) {
        let type = try element(of: tensor)
        // Small enough that the check finds the converted numbers still in the first-level cache.
        let step = Self.pieceLength
        for start in stride(from: 0, to: elements.count, by: step) {
            let count = min(step, elements.count - start)
            type.decode(stored + start * type.byteCount, count: count, into: target + start)
            if mustBeFinite, let index = firstNonFinite(target + start, count: count) {
                throw CheckpointError(
                    displayName,
                    tensor: tensor.name.abridged,
                    expected: "finite numbers",
                    found: "\(target[start + index]) at element \(elements.lowerBound + start + index)"
                )
            }
        }
    }

    /// - Throws: `CheckpointError` where the tensor's type is none of numbers that can be mixed.
    func element(of tensor: StoredTensor) throws(CheckpointError) -> ElementType {
        if let type = tensor.type.element { return type }
        throw CheckpointError(
            path,
            tensor: tensor.name.abridged,
            expected: "an element type of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))",
            found: tensor.type.rawValue
        )
    }

    private static let pieceLength = 4096

    /// What to fetch ahead when `bytes` of a tensor are read, one run after the other: two windows at the beginning of
    /// each, so that one is on its way while the other is worked on.
    ///
    /// Windows are so short a part of the file that fetching beyond the end of a rank's slice matters little, and so long
    /// that a disk is kept busy.
    private static func ahead(
        of bytes: Range<Int>,
        in tensor: StoredTensor,
        _ file: MappedFile
    ) -> Range<Int>? {
        let window = min(max(file.bytes.count / 512, 1 << 16), 1 << 21)
        let isFirst = bytes.lowerBound == tensor.offset
        let start = isFirst ? bytes.lowerBound : (bytes.lowerBound + window - 1) / window * window
        guard start < bytes.upperBound else { return nil }
        let end = tensor.offset + (tensor.extent ?? 0)
        return start..<min(max(start + 2 * window, bytes.upperBound), end)
    }

    /// Has the system begin to read what `read` of the same elements is going to need, without waiting for it.
    package func fetchAhead(_ tensor: StoredTensor, _ elements: Range<Int>) {
        guard let file = files?[tensor.file], !elements.isEmpty else { return }
        file.fetchAhead(bytes(of: tensor, elements))
    }

    /// Where elements lie, or what they are scattered over.
    private func bytes(of tensor: StoredTensor, _ elements: Range<Int>) -> Range<Int> {
        guard tensor.strides == nil else { return tensor.offset..<tensor.offset + (tensor.extent ?? 0) }
        let first = tensor.offset + elements.lowerBound * tensor.type.byteCount
        return first..<first + elements.count * tensor.type.byteCount
    }

    /// Calls `body` with the place of the first of `elements`, or where they are scattered of the tensor's first.
    private func withStored(
        _ tensor: StoredTensor,
        _ elements: Range<Int>,
        _ body: (UnsafeRawPointer) throws -> Void
    ) throws {
        precondition(tensor == tensors[tensor.name], "a tensor of another checkpoint")
        precondition(elements.lowerBound >= 0 && elements.upperBound <= tensor.count)
        guard let file = files?[tensor.file] else { preconditionFailure("\(path) is not here") }
        guard let base = file.bytes.baseAddress, !elements.isEmpty else { return }
        try file.checkUnchanged()
        let bytes = bytes(of: tensor, elements)
        if let ahead = Self.ahead(of: bytes, in: tensor, file) { file.fetchAhead(ahead) }
        defer { file.release(bytes) }
        try body(base + bytes.lowerBound)
    }
}

/// Puts elements that lie `strides` apart one after another.
private func gather(
    _ elements: Range<Int>,
    of tensor: StoredTensor,
    _ strides: [Int],
    from base: UnsafeRawPointer,
    into target: UnsafeMutableRawPointer
) {
    // An index that is always 0 may have any stride, one that overflows too.
    let strides = zip(tensor.shape, strides).map { $0 == 1 ? 0 : $1 }
    func gather<Unit: FixedWidthInteger & BitwiseCopyable>(_: Unit.Type) {
        let size = MemoryLayout<Unit>.size
        var index = tensor.shape
        var rest = elements.lowerBound
        var offset = 0
        for dimension in index.indices.reversed() {
            index[dimension] = rest % tensor.shape[dimension]
            rest /= tensor.shape[dimension]
            offset += index[dimension] * strides[dimension]
        }
        for place in 0..<elements.count {
            let unit = base.loadUnaligned(fromByteOffset: offset * size, as: Unit.self)
            target.storeBytes(of: unit, toByteOffset: place * size, as: Unit.self)
            var dimension = strides.count - 1
            while dimension >= 0 {
                index[dimension] += 1
                offset += strides[dimension]
                if index[dimension] < tensor.shape[dimension] { break }
                offset -= strides[dimension] * index[dimension]
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
    switch tensor.type.byteCount {
    case 1: gather(UInt8.self)
    case 2: gather(UInt16.self)
    case 4: gather(UInt32.self)
    default: gather(UInt64.self)
    }
}
