import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Files that are cut or changed: an error or an image, never a crash.
struct BrokenImageTests {
    static let files = [
        "jpeg_420.jpg", "jpeg_progressive.jpg", "jpeg_inked.jpg", "jpeg_exif5.jpg",
        "png_palette_transparent.png",
        "png_alpha16.png", "png_grey2.png", "png_exif6.png", "webp_lossy.webp", "webp_alpha.webp",
        "webp_animated.webp",
    ]

    private static func outcome(_ bytes: [UInt8]) -> Result<Pixels, DatasetError> {
        bytes.withUnsafeBytes { buffer in
            Result { () throws(DatasetError) in try ImageDecoder.decode(buffer, name: "image") }
        }
    }

    @Test(arguments: files) func cutFilesAreRefused(_ file: String) throws {
        let whole = try bytes(of: fixture("images/\(file)"))
        for length in stride(from: 0, to: whole.count - 16, by: max(whole.count / 40, 1)) {
            // A file of several pictures may be cut behind the first.
            if file == "webp_animated.webp", length > whole.count / 3 { break }
            #expect(throws: DatasetError.self, "\(length) of \(whole.count) bytes") {
                try Self.outcome(Array(whole[..<length])).get()
            }
        }
    }

    @Test(arguments: files) func changedFilesDoNoHarm(_ file: String) throws {
        let whole = try bytes(of: fixture("images/\(file)"))
        for position in stride(from: 12, to: min(whole.count, 2000), by: max(whole.count / 120, 1)) {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var changed = whole
                changed[position] ^= change
                if case .success(let pixels) = Self.outcome(changed) { #expect(pixels.count > 0) }
            }
        }
    }

    /// A PNG of a few bytes that claims 2³¹ − 1 pixels a side.
    @Test func anImageThatClaimsTooMuchIsRefused() throws {
        var png = try bytes(of: fixture("images/png_grey.png"))
        png.replaceSubrange(16..<24, with: [0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00])
        let crc = PNGFile.checksum(png[12..<29])
        png.replaceSubrange(29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: crc >> (24 - 8 * $0)) })
        guard case .failure(let error) = Self.outcome(png) else {
            Issue.record("65536×65536 pixels were decoded")
            return
        }
        #expect(error.found == "65536×65536", "\(error)")
    }

    @Test func otherFilesAreNamedWhatTheyAreNot() {
        for bytes in [[], Array("GIF89a and more of it".utf8), [UInt8](repeating: 0, count: 100)] {
            guard case .failure(let error) = Self.outcome(bytes) else {
                Issue.record("decoded")
                continue
            }
            #expect(error.expected == "a JPEG, PNG or WebP image")
        }
    }

    @Test func absurdTransformsAreRefused() throws {
        let one = try bytes(of: fixture("images/one_row.png"))
        let image = try Self.outcome(one).get()
        var transform = ImageTransform(mean: [0, 0, 0], std: [1, 1, 1])
        for resize: ImageTransform.Resize in [
            .shortestEdge(0), .shortestEdge(.max), .shortestEdge(1 << 40), .exact(height: -1, width: 4),
            .longestEdge(0), .longestEdge(-3), .covering(height: .max, width: 1),
            .exact(height: 1 << 20, width: 1 << 20),
        ] {
            transform.resize = resize
            #expect(throws: DatasetError.self, "\(resize)") { try transform.apply(to: image, name: "image") }
        }
        transform.resize = .none
        for crop in [(0, 5), (-1, 5), (1 << 40, 1 << 40)] {
            transform.crop = ImageTransform.Size(height: crop.0, width: crop.1)
            #expect(throws: DatasetError.self) { try transform.apply(to: image, name: "image") }
        }
    }
}
