import Foundation
import PoolSupport
import Runs
import TestSupport
import Testing
import VisionModels

/// Ingredients of several folders: each folder's config.json counts.
@Suite struct DescriptionAgreementTests {
    private let fixture: PoolFixture
    private let scratch: TemporaryFolder

    init() throws {
        fixture = try PoolFixture()
        scratch = try TemporaryFolder()
        for index in 1...2 {
            try FileManager.default.copyItem(
                atPath: "\(fixture.folder)/model_0\(index).safetensors",
                toPath: scratch.file("model_0\(index).safetensors")
            )
        }
    }

    private var models: [String] { ["\(fixture.folder)/model_00.safetensors", scratch.path] }

    private func describe(_ old: String = "", _ new: String = "") throws {
        var text = try String(contentsOfFile: "\(fixture.folder)/config.json", encoding: .utf8)
        #expect(old.isEmpty || text.contains(old))
        if !old.isEmpty { text = text.replacingOccurrences(of: old, with: new) }
        _ = try scratch.write([UInt8](text.utf8), "config.json")
    }

    @Test func theSameDescriptionOrNoneIsAccepted() throws {
        #expect(try fixture.inputs(models).pool.count == 3)
        try describe()
        #expect(try fixture.inputs(models).pool.count == 3)
    }

    @Test(arguments: [
        ("model_args.num_heads", "\"num_heads\": 3", "\"num_heads\": 4"),
        ("model_args.norm_eps", "\"num_heads\": 3", "\"num_heads\": 3, \"norm_eps\": 1e-5"),
        ("model_args.img_size or pretrained_cfg.input_size", "\"img_size\": 12", "\"img_size\": [4, 36]"),
        ("pretrained_cfg.mean", "0.45", "0.5"),
        ("pretrained_cfg.std", "0.25", "0.5"),
    ]) func anotherModelIsRefused(field: String, old: String, new: String) throws {
        try describe(old, new)
        let error = try #require(throws: ModelError.self) { try fixture.inputs(models) }
        #expect(error.subject == field)
        #expect(error.file == scratch.file("config.json"))
        #expect(error.expected.contains("\(fixture.folder)/config.json"), "\(error)")
        #expect(!"\(error)".contains("\n"))
    }

    @Test func aDescriptionThatDoesNotFitTheTensorsIsRefused() throws {
        try describe("\"depth\": 2", "\"depth\": 3")
        let error = try #require(throws: ModelError.self) { try fixture.inputs(models) }
        #expect(error.subject == "model_args.depth" && error.file == scratch.file("config.json"))
    }
}
