import Files
import Tensors

/// The bytes of a stored array: a part of a mapped file, or memory that it was inflated into.
struct ArrayBytes: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    /// The file that the bytes lie in or were inflated from.
    let origin: FileIdentity
    private let owner: Owner
    private let offset: Int

    private enum Owner {
        case file(MappedFile)
        case memory(AlignedBuffer<UInt8>)
    }

    /// Files up to this size may stay in memory once touched; of larger ones only what is being read.
    private static let keptSize = 16 << 20

    init(_ file: MappedFile, _ range: Range<Int>) {
        bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
        origin = file.identity
        owner = .file(file)
        offset = range.lowerBound
    }

    /// Bytes inflated from a part of `file`.
    init(_ memory: AlignedBuffer<UInt8>, from file: MappedFile) {
        origin = file.identity
        bytes = UnsafeRawBufferPointer(memory.elements)
        owner = .memory(memory)
        offset = 0
    }

    /// Throws where the file behind the bytes was cut since it was opened.
    func checkUnchanged() throws(FileError) {
        if case .file(let file) = owner { try file.checkUnchanged() }
    }

    /// Bytes of a file that stay in memory once they are read.
    var keptBytes: Int {
        guard case .file(let file) = owner, file.bytes.count <= Self.keptSize else { return 0 }
        return bytes.count
    }

    /// Drops the pages of a large file that reading has touched.
    func releasePages() {
        guard case .file(let file) = owner, file.bytes.count > Self.keptSize else { return }
        file.release(offset..<offset + bytes.count)
    }
}
