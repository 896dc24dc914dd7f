import Foundation
import Testing

@testable import Datasets

/// Decoding and transforms against what Pillow made of the same files; `Fixtures/make_images.py` wrote it down.
struct PillowTests {
    struct Case: Decodable, CustomTestStringConvertible {
        struct Transform: Decodable {
            let resize: [Part]
            let interpolation: ImageTransform.Interpolation
            let crop: [Int]?
            let cropRule: ImageTransform.CropRule
            let fill: [UInt8]
        }

        /// The name of a kind of resizing, or one of its sizes.
        enum Part: Decodable {
            case name(String)
            case size(Int)

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                self =
                    if let size = try? value.decode(Int.self) { .size(size) } else {
                        .name(try value.decode(String.self))
                    }
            }
        }

        let file: String
        let mode: String
        let height: Int
        let width: Int
        let offset: Int
        let transform: Transform?

        var testDescription: String {
            "\(file) \(mode) \(height)×\(width)\(transform.map { " \($0.resize) \($0.interpolation)" } ?? "")"
        }

        var parsed: ImageTransform {
            let channels = mode == "L" ? 1 : 3
            var result = ImageTransform(
                mean: Array(repeating: 0, count: channels),
                std: Array(repeating: 1, count: channels)
            )
            guard let transform else { return result }
            let sizes = transform.resize.compactMap { if case .size(let size) = $0 { size } else { nil } }
            guard case .name(let kind) = transform.resize[0] else { return result }
            switch kind {
            case "shortestEdge": result.resize = .shortestEdge(sizes[0])
            case "longestEdge": result.resize = .longestEdge(sizes[0])
            case "exact": result.resize = .exact(height: sizes[0], width: sizes[1])
            case "covering": result.resize = .covering(height: sizes[0], width: sizes[1])
            default: break
            }
            result.interpolation = transform.interpolation
            result.crop = transform.crop.map { ImageTransform.Size(height: $0[0], width: $0[1]) }
            result.cropRule = transform.cropRule
            result.fill = transform.fill
            return result
        }
    }

    static let cases: [Case] = {
        let data = try? Data(contentsOf: URL(fileURLWithPath: fixture("images/expected.json")))
        return data.flatMap { try? JSONDecoder().decode([Case].self, from: $0) } ?? []
    }()

    @Test func thereAreCases() {
        #expect(Self.cases.count > 150)
    }

    @Test(arguments: cases) func pixelsArePillows(_ entry: Case) throws {
        let stored = try bytes(of: fixture("images/\(entry.file)"))
        let image = try stored.withUnsafeBytes { try ImageDecoder.decode($0, name: entry.file) }
        let result = try entry.parsed.apply(to: image, name: entry.file)
        #expect(result.height == entry.height)
        #expect(result.width == entry.width)
        #expect(result.channels == (entry.mode == "L" ? 1 : 3))
        let all = try bytes(of: fixture("images/expected.bin"))
        let expected = all[entry.offset..<min(entry.offset + result.count, all.count)]
        let different = zip(result.bytes, expected).count { $0 != $1 }
        let greatest = zip(result.bytes, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(result.count == expected.count)
        #expect(different == 0, "\(different) of \(result.count) differ, by at most \(greatest)")
    }
}
