import Foundation
import TestSupport
import Testing

/// A folder with a copy of the fixture pool in it, for a test to break; a run writes into `out`.
struct Scratch {
    let folder: TemporaryFolder

    /// * `models`: how many of the six ingredients are copied
    init(models: Int = 3) throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: pool, withIntermediateDirectories: false)
        for name in (0..<models).map({ "model_0\($0).safetensors" }) + ["config.json"] {
            try FileManager.default.copyItem(atPath: "\(poolFixture)/\(name)", toPath: "\(pool)/\(name)")
        }
    }

    var path: String { folder.path }
    var pool: String { "\(path)/pool" }
    var out: String { "\(path)/out" }

    func write(_ bytes: [UInt8], _ name: String) throws -> String { try folder.write(bytes, name) }
    func write(_ text: String, _ name: String) throws -> String { try folder.write([UInt8](text.utf8), name) }

    /// Changes the bytes of a file in the pool.
    func change(_ name: String, _ body: (inout [UInt8]) throws -> Void) throws {
        var contents = try bytes(of: "\(pool)/\(name)")
        try body(&contents)
        _ = try folder.write(contents, "pool/\(name)")
    }

    /// Changes the tensors of a file in the pool.
    func changeTensors(_ name: String, _ body: (inout Safetensors) -> Void) throws {
        var contents = try Safetensors("\(pool)/\(name)")
        body(&contents)
        _ = try folder.write(contents.bytes, "pool/\(name)")
    }

    /// Replaces a text in the pool's config.json.
    func changeDescription(_ old: String, _ new: String) throws {
        try change("config.json") { contents in
            let text = String(decoding: contents, as: UTF8.self)
            #expect(text.contains(old))
            contents = [UInt8](text.replacingOccurrences(of: old, with: new).utf8)
        }
    }

    /// `learn` on the pool; a short run, should it start.
    func learn(_ options: String...) -> [String] { learn(options) }

    func learn(_ options: [String]) -> [String] { learn(models: [pool], data: heldoutFixture, options) }

    func compare(_ options: [String]) -> [String] {
        ["compare", "--models", pool, "--data", heldoutFixture, "--out", out, "--epochs", "1"] + options
    }

    func learn(models: [String]) -> [String] { learn(models: models, data: heldoutFixture, []) }

    func learn(data: String) -> [String] { learn(models: [pool], data: data, []) }

    private func learn(models: [String], data: String, _ options: [String]) -> [String] {
        ["learn", "--models"] + models + ["--data", data, "--out", out, "--epochs", "1"] + options
    }

    func mix(_ coefficients: String, to name: String = "out") -> [String] {
        ["mix", "--models", pool, "--coefficients", coefficients, "--out", "\(path)/\(name)"]
    }

    func evaluate(_ options: String...) -> [String] {
        ["evaluate", "--model", "\(pool)/model_00.safetensors", "--data", heldoutFixture] + options
    }

    /// `ingredients`, as small as it gets, should it start.
    func ingredients(_ options: String...) -> [String] {
        [
            "ingredients", "--data", "\(heldoutFixture)[0:64]", "--out", out, "--count", "1", "--embed-dim",
            "4",
            "--depth", "1", "--heads", "1", "--pretrain-epochs", "1", "--epochs", "1",
        ] + options
    }

    /// A data set of `count` 12×12 images with these labels.
    func dataset(
        _ name: String = "data.safetensors",
        labels: [Int64],
        shape: [Int]? = nil
    ) throws -> String {
        let shape = shape ?? [labels.count, 12, 12]
        let images = [UInt8](repeating: 100, count: shape.reduce(1, *))
        return try write(
            Safetensors([
                .init(name: "images", type: "U8", shape: shape, bytes: images),
                .init(
                    name: "labels",
                    type: "I64",
                    shape: [labels.count],
                    bytes: labels.flatMap(littleEndian)
                ),
            ]).bytes,
            name
        )
    }

    /// Every file and folder with its contents.
    func contents() throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            contents[name] = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
        }
        return contents
    }
}

let heldoutFixture = "\(poolFixture)/heldout.npz"
