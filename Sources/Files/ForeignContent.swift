import Diagnostics

/// What a file really is by its first bytes, for saying so where it is not what it should be.
///
/// Downloads that failed and files that were packed, renamed or never fetched lie under the names of weights and data.
package enum ForeignContent: Equatable, Sendable {
    case empty, zeros
    /// What Git keeps in the place of a large file; Source: git-lfs, docs/spec.md, and git-annex, "pointer file".
    case lfsPointer, annexPointer
    case htmlPage, xml, json
    /// Its first line.
    case text(String)
    case gzip, zstd, bzip2, xz, zip, sevenZip, rar, tar
    case pickle, numpyArray, safetensors, hdf5, parquet, arrow
    case jpeg, png, webp, gif, bmp, tiff, pdf
    /// The companion that a Mac writes beside a file, "._" before its name.
    case appleDouble

    /// Nil where nothing is known that begins like this.
    ///
    /// * `bytes`: of the whole file; little more than the first half kilobyte is looked at
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else {
            self = .empty
            return
        }
        if let known = Self.marks.first(where: { bytes.dropFirst($0.offset).starts(with: $0.mark) }) {
            self = known.content
        } else if Self.isSafetensors(bytes) {
            self = .safetensors
        } else if bytes.prefix(512).allSatisfy({ $0 == 0 }) {
            self = .zeros
        } else if let content = Self(text: bytes.prefix(1024)) {
            self = content
        } else if bytes.starts(with: "BM".utf8), bytes.dropFirst(6).starts(with: [0, 0, 0, 0]) {
            self = .bmp
        } else {
            return nil
        }
    }

    private static let marks: [(content: ForeignContent, offset: Int, mark: [UInt8])] = [
        (.tar, 257, Array("ustar".utf8)),
        (.lfsPointer, 0, Array("version https://git-lfs.github.com/spec/".utf8)),
        (.lfsPointer, 0, Array("version https://hawser.github.com/spec/".utf8)),
        (.annexPointer, 0, Array("/annex/objects/".utf8)),
        (.gzip, 0, [0x1F, 0x8B]), (.zstd, 0, [0x28, 0xB5, 0x2F, 0xFD]), (.bzip2, 0, [0x42, 0x5A, 0x68]),
        (.xz, 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
        (.zip, 0, [0x50, 0x4B, 3, 4]), (.zip, 0, [0x50, 0x4B, 5, 6]),
        (.sevenZip, 0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.rar, 0, Array("Rar!".utf8)),
        (.numpyArray, 0, [0x93] + Array("NUMPY".utf8)),
        (.hdf5, 0, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A]), (.parquet, 0, Array("PAR1".utf8)),
        (.arrow, 0, Array("ARROW1".utf8)), (.jpeg, 0, [0xFF, 0xD8, 0xFF]),
        (.png, 0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.webp, 8, Array("WEBP".utf8)),
        (.gif, 0, Array("GIF8".utf8)), (.tiff, 0, [0x49, 0x49, 0x2A, 0]), (.tiff, 0, [0x4D, 0x4D, 0, 0x2A]),
        (.pdf, 0, Array("%PDF-".utf8)), (.appleDouble, 0, [0, 5, 0x16, 7]),
        (.pickle, 0, [0x80, 2]), (.pickle, 0, [0x80, 3]), (.pickle, 0, [0x80, 4]), (.pickle, 0, [0x80, 5]),
    ]

    /// A header's length in 64 bits, and a JSON object of that length.
    private static func isSafetensors(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= UInt64(bytes.count - 8)
    }

    /// What text it is; nil where there are bytes among these that no text has.
    private init?(text bytes: Slice<UnsafeRawBufferPointer>) {
        var bytes = bytes
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: byteOrderMark) { bytes = bytes.dropFirst(3) }
        // The last character may be cut.
        let whole = (0..<4).lazy.compactMap { String(validating: bytes.dropLast($0), as: UTF8.self) }.first
        let blanks: Set<UInt8> = [9, 10, 12, 13, 27]
        guard let whole, bytes.allSatisfy({ $0 >= 32 && $0 != 127 || blanks.contains($0) }) else {
            return nil
        }
        let text = whole.drop { $0.isWhitespace }
        let small = text.lowercased()
        let second = text.dropFirst().first { !$0.isWhitespace }
        if small.hasPrefix("<!doctype html") || small.hasPrefix("<") && small.contains("<html") {
            self = .htmlPage
        } else if small.hasPrefix("<?xml") {
            self = .xml
        } else if text.hasPrefix("<"), second.map({ $0.isLetter || $0 == "!" }) == true {
            self = .htmlPage
        } else if text.hasPrefix("{"), second == "\"" || second == "}" {
            self = .json
        } else if text.hasPrefix("["), second.map({ "[]{\"-0123456789".contains($0) }) == true {
            self = .json
        } else {
            self = .text(String(text.prefix { !$0.isNewline }).abridged)
        }
    }
}

extension ForeignContent: CustomStringConvertible {
    /// "a Git LFS pointer (`git lfs pull` fetches the file)": what follows "found" in a message.
    package var description: String {
        switch self {
        case .empty: "an empty file"
        case .zeros: "nothing but zeros at its beginning, as of a download that was not finished"
        case .lfsPointer: "a Git LFS pointer (`git lfs pull` fetches the file itself)"
        case .annexPointer: "a git-annex pointer (`git annex get` fetches the file itself)"
        case .htmlPage: "an HTML page, as a download gives that has to be signed in for or has moved"
        case .xml: "an XML text, as a download gives that failed"
        case .json: "a JSON text"
        case .text(let line): "a text that begins \"\(line)\""
        case .gzip: "a file compressed with gzip"
        case .zstd: "a file compressed with zstd"
        case .bzip2: "a file compressed with bzip2"
        case .xz: "a file compressed with xz"
        case .zip: "a zip file"
        case .sevenZip: "a 7-Zip archive"
        case .rar: "a RAR archive"
        case .tar: "a tar file"
        case .pickle: "a pickle of Python"
        case .numpyArray: "a single NumPy array (.npy)"
        case .safetensors: "a safetensors file"
        case .hdf5: "an HDF5 file, as Keras writes"
        case .parquet: "a Parquet file"
        case .arrow: "an Arrow file"
        case .jpeg: "a JPEG image"
        case .png: "a PNG image"
        case .webp: "a WebP image"
        case .gif: "a GIF image"
        case .bmp: "a BMP image"
        case .tiff: "a TIFF image"
        case .pdf: "a PDF document"
        case .appleDouble: "the companion that a Mac writes beside a file (AppleDouble)"
        }
    }

    /// What a compressed file was compressed with; nil for all else.
    package var compression: String? {
        switch self {
        case .gzip: "gzip"
        case .zstd: "zstd"
        case .bzip2: "bzip2"
        case .xz: "xz"
        default: nil
        }
    }
}

extension MappedFile {
    /// What the file is by its first bytes, where that is known.
    package var content: ForeignContent? { ForeignContent(bytes) }
}
