import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

#if canImport(Glibc)
import Glibc
#endif

/// How much of a checkpoint the kernel reads from disk for one rank's slice.
@Suite struct BytesReadTests {
    /// Within 5% of a slice of one part, in the middle of a PyTorch file of 48 MiB; and the pickle at its front.
    ///
    /// Of a slice that is a part of every bucket what is read ahead at each part's end as well: two 512ths of the file at
    /// most.
    @Test(arguments: [0, 1, 2], [1, 15]) func aRankReadsItsSlice(rank: Int, parts: Int) throws {
        let folder = try TemporaryFolder()
        let counts = [1_000_000, 7_000_000, 4_582_912]
        let path = folder.file("m.pt")
        try write(counts, to: path)
        let pages = try CachedPages(path)
        pages.drop()
        // Where the file lies in memory there is nothing to be read.
        guard pages.count == 0 else { return }
        let layout = ParameterLayout(counts.enumerated().map { ("t\($0)", [$1], "") })
        let shares = ParameterShares(layout, ranks: 3, bucketLength: parts == 1 ? layout.count : nil)
        #expect(shares.buckets.count == parts)
        let pool = try IngredientPool(patterns: [path])
        let opened = pages.count
        let target = AlignedBuffer<Float>(count: ParameterLayout.chunkLength)
        for chunk in shares.slice(of: rank).map(\.chunks).joined() {
            try pool.read(0, layout.chunks[chunk].range, of: layout, into: target.base)
        }
        let read = Double(pages.count * pages.size)
        let wanted = Double(shares.count(of: rank) * 4)
        #expect(
            read >= wanted
                && read <= (parts == 1 ? 1.05 * wanted : wanted + Double(parts * pages.length / 256)),
            "\(read) of \(wanted) bytes, \(opened) pages to open"
        )
    }

    /// A state dict of vectors of ones.
    private func write(_ counts: [Int], to path: String) throws {
        var pickle: [UInt8] = [0x80, 2] + "}(".utf8
        var members: [(name: String, bytes: [UInt8])] = [("x/data.pkl", [])]
        for (index, count) in counts.enumerated() {
            let number = [UInt8(ascii: "J")] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            pickle += "U\u{2}t\(index)ctorch._utils\n_rebuild_tensor_v2\n(".utf8
            pickle += "(U\u{7}storagectorch\nFloatStorage\nU\u{1}\(index)U\u{3}cpu".utf8 + number + "tQ".utf8
            pickle += [0x4B, 0] + "(".utf8 + number + "t(".utf8 + [0x4B, 1] + "t".utf8
            pickle += [0x89] + "ccollections\nOrderedDict\n)RtR".utf8
            members.append(("x/data/\(index)", [UInt8](repeating: 0, count: 4 * count)))
        }
        members[0].bytes = pickle + "u.".utf8
        try Data(zip(members)).write(to: URL(fileURLWithPath: path))
    }
}

/// The pages of a file that the kernel has in memory, whoever asked for them.
private final class CachedPages {
    let size = Int(sysconf(Int32(_SC_PAGESIZE)))
    private let descriptor: Int32
    private let address: UnsafeMutableRawPointer
    let length: Int

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY)
        var status = stat()
        try #require(descriptor >= 0 && fstat(descriptor, &status) == 0)
        length = Int(status.st_size)
        address = try #require(mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0))
    }

    deinit {
        munmap(address, length)
        close(descriptor)
    }

    /// Asks the kernel to forget the file.
    func drop() {
        fsync(descriptor)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    }

    var count: Int {
        var pages = [UInt8](repeating: 0, count: (length + size - 1) / size)
        guard mincore(address, length, &pages) == 0 else { return -1 }
        return pages.count { $0 & 1 == 1 }
    }
}
