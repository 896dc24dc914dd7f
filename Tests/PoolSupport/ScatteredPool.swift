import Foundation
import TestSupport

/// Copies of the fixture's ingredients, some of them in each rank's own folder, as on hosts with local disks.
package struct ScatteredPool {
    /// One per rank; nil where the rank has none.
    package let folders: [TemporaryFolder?]

    /// * `holdings`: the ingredients that each rank has, by rank
    package init(_ holdings: [[Int]]) throws {
        let fixture = try PoolFixture()
        folders = try holdings.map { ingredients in
            guard !ingredients.isEmpty else { return nil }
            let folder = try TemporaryFolder()
            for name in ingredients.map(Self.name) + ["config.json"] {
                try FileManager.default.copyItem(
                    atPath: "\(fixture.folder)/\(name)",
                    toPath: folder.file(name)
                )
            }
            return folder
        }
    }

    package static func name(_ ingredient: Int) -> String { "model_0\(ingredient).safetensors" }

    /// Each rank's patterns.
    package var models: [[String]] { folders.map { [$0?.path ?? "/nowhere/pool"] } }

    /// Changes the bytes of an ingredient on one rank.
    package func change(_ ingredient: Int, on rank: Int, _ body: (inout [UInt8]) -> Void) throws {
        guard let folder = folders[rank] else { return }
        let name = Self.name(ingredient)
        var bytes = [UInt8](try folder.bytes(name))
        body(&bytes)
        _ = try folder.write(bytes, name)
    }

    /// Bytes in which every rank's folder is called as the first one is: all have paths of one length.
    package func withoutFolders(_ bytes: Data) -> Data {
        let names = folders.compactMap { $0.map { Data($0.path.utf8) } }
        var bytes = bytes
        for name in names {
            while let range = bytes.range(of: name) {
                bytes.replaceSubrange(range, with: Data(repeating: UInt8(ascii: "-"), count: name.count))
            }
        }
        return bytes
    }
}
