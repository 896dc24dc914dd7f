import Foundation
import TestSupport
import Testing

/// The model card that `learn` writes.
@Suite struct ModelCardTests {
    @Test func itTellsTheMetricsAndTheCoefficients() throws {
        let soup = try Soup.shared()
        let card = try text(of: "\(soup.path)/README.md")
        #expect(card.hasPrefix("---\npipeline_tag: image-classification\n"))
        let metrics = try json("\(soup.path)/metrics.json")
        let accuracy = try #require(metrics["heldout_accuracy"] as? Double)
        #expect(card.contains(String(format: "| 320 | %.2f%% (", 100 * accuracy)))
        #expect(card.contains("| block-size | 4 |"))
        let coefficients = try json("\(soup.path)/coefficients.json")
        let alpha = try #require(coefficients["alpha"] as? [[Double]])
        let groups = try #require(coefficients["groups"] as? [String])
        // A group is a tensor here.
        let model = try Safetensors("\(soup.path)/model.safetensors")
        let sizes = try groups.map { Double(try #require(model[$0]).bytes.count) }
        let shares = zip(sizes, alpha).map { size, row in size / sizes.reduce(0, +) * row[2] }
        let share = shares.reduce(0, +)
        #expect(card.contains(String(format: "| model_02.safetensors | %.4f |", share)))
    }

    @Test func somebodysOwnTextIsLeftAlone() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write([UInt8]("my notes\n".utf8), "README.md")
        let run = try Soup.learn(into: folder)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("README.md: left as it is"))
        #expect(try text(of: "\(folder.path)/README.md") == "my notes\n")
        try FileManager.default.removeItem(atPath: "\(folder.path)/README.md")
        for _ in 1...2 {
            let run = try Soup.learn(into: folder)
            #expect(run.status == 0 && !run.errors.contains("left as it is"))
        }
        #expect(try text(of: "\(folder.path)/README.md") == text(of: "\(Soup.shared().path)/README.md"))
    }

    private func text(of path: String) throws -> String {
        String(decoding: try bytes(of: path), as: UTF8.self)
    }

    private func json(_ path: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try bytes(of: path))) as? [String: Any])
    }
}
