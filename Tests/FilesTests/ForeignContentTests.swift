import Files
import TestSupport
import Testing

/// Beginnings of files as their programs write them, from the formats' own descriptions.
@Suite struct ForeignContentTests {
    private static let zipped: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]

    private static let beginnings: [(ForeignContent?, [UInt8])] = [
        (.empty, []),
        (.zeros, Array(repeating: 0, count: 4096)),
        (
            .lfsPointer,
            text("version https://git-lfs.github.com/spec/v1\noid sha256:4d4d\nsize 343223968\n")
        ),
        (.annexPointer, text("/annex/objects/SHA256E-s1048576--1b4f.tar\n")),
        (.htmlPage, text("<!DOCTYPE html><html><body>Sign in</body></html>")),
        (.htmlPage, text("\u{FEFF}\r\n  <!doctype HTML>")),
        (.htmlPage, text("<html lang=\"en\"><head>")),
        (.htmlPage, text("<!-- moved -->\n<HTML>")),
        (.htmlPage, text("<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\">")),
        (.xml, text("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>")),
        (.json, text("{\n  \"architecture\": \"vit_base_patch16_224\"\n}")),
        (.json, text("[[0, 1], [2, 3]]")),
        (.text("Entry not found"), text("Entry not found")),
        (.text("Zugriff verweigert: ä"), text("Zugriff verweigert: ä\nmehr")),
        (.text(""), text("\n\n")),
        (.gzip, zipped),
        (.zstd, [0x28, 0xB5, 0x2F, 0xFD, 4, 0]),
        (.bzip2, text("BZh91AY&SY")),
        (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
        (.zip, [0x50, 0x4B, 3, 4, 20, 0]),
        (.tar, Array(repeating: 97, count: 257) + text("ustar\0") + text("00")),
        (.pickle, [0x80, 2, 0x7D, 0x71, 0, 0x2E]),
        (.numpyArray, [0x93] + text("NUMPY") + [1, 0]),
        (.safetensors, [2, 0, 0, 0, 0, 0, 0, 0] + text("{}")),
        (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.parquet, text("PAR1") + [0x15, 4]),
        (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0]),
        (.webp, text("RIFF") + [4, 0, 0, 0] + text("WEBP")),
        (.bmp, text("BM") + [0x36, 0, 3, 0, 0, 0, 0, 0, 0x36, 0, 0, 0]),
        (.text("BM is short"), text("BM is short")),
        (.appleDouble, [0, 5, 0x16, 7, 0, 2, 0, 0]),
        // A safetensors header longer than the file, an IDX file, and noise.
        (nil, [200, 0, 0, 0, 0, 0, 0, 0] + text("{}")),
        (nil, [0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]),
        (nil, [0xC1, 0x02, 0x99, 0xF0]),
    ]

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: beginnings.indices) func tellsWhatAFileIs(index: Int) throws {
        let (expected, bytes) = Self.beginnings[index]
        let folder = try TemporaryFolder()
        let file = try MappedFile(try folder.write(bytes, "file"))
        #expect(file.content == expected)
    }

    @Test func cutsNoCharacterInTwo() throws {
        // 1,023 letters and a character of two bytes: the first 1,024 bytes end within it.
        let text = String(repeating: "x", count: 1023) + "äöü"
        let content = Array(text.utf8).withUnsafeBytes { ForeignContent($0) }
        #expect(content == .text(String(repeating: "x", count: 100) + "…"))
    }

    @Test func saysHowToFetchWhatAPointerStandsFor() {
        #expect(ForeignContent.lfsPointer.description.contains("git lfs pull"))
        #expect(ForeignContent.gzip.compression == "gzip")
        #expect(ForeignContent.json.compression == nil)
    }
}
