import Files
import Foundation

/// `config.json` beside the weights, in timm's form: what it says, and its text to be copied unchanged.
package struct ModelDescription: Sendable {
    package let path: String
    package let text: String
    package let architecture: String
    let classes: Int?
    let arguments: [String: Int]
    let pooling: String?
    let classToken: Bool?
    let bias: Bool?
    let epsilon: Double?
    let imageSize: [Int]?
    /// Channels × height × width, where the description has them.
    let inputSize: [Int]?
    let mean: [Float]?
    let std: [Float]?

    /// Reads `config.json` from the folder that holds `checkpoint`.
    package init(beside checkpoint: String) throws {
        let folder = Files.folder(of: checkpoint)
        try self.init(path: folder.isEmpty ? "config.json" : folder + "/config.json")
    }

    package init(path: String) throws {
        try self.init(path: path, text: try MappedFile(path).text())
    }

    package init(path: String, text: String) throws {
        guard let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
            throw ModelError(
                file: path,
                subject: "model description",
                expected: "a JSON object",
                found: "something else"
            )
        }
        let fields = Fields(path: path, prefix: "", values: root)
        self.path = path
        self.text = text
        guard let architecture = try fields.string("architecture") else {
            throw fields.missing("architecture", "timm's name of the model, as \"vit_small_patch16_224\"")
        }
        self.architecture = architecture
        let model = try fields.object("model_args")
        let pretrained = try fields.object("pretrained_cfg")
        classes =
            try fields.integer("num_classes") ?? model.integer("num_classes")
            ?? pretrained.integer("num_classes")
        var arguments: [String: Int] = [:]
        for name in ["patch_size", "in_chans", "embed_dim", "depth", "num_heads"] {
            arguments[name] = try model.integer(name)
        }
        self.arguments = arguments
        pooling = try model.string("global_pool") ?? fields.string("global_pool")
        classToken = try model.boolean("class_token")
        bias = try model.boolean("qkv_bias")
        epsilon = try model.number("norm_eps")
        imageSize = try model.sizes("img_size")
        inputSize = try pretrained.integers("input_size", count: 3)
        mean = try pretrained.numbers("mean")
        std = try pretrained.numbers("std")
    }
}

/// The values of one JSON object, taken by name and type.
private struct Fields {
    let path: String
    let prefix: String
    let values: [String: Any]

    func missing(_ name: String, _ expected: String) -> ModelError {
        ModelError(file: path, subject: prefix + name, expected: expected, found: "nothing")
    }

    func object(_ name: String) throws(ModelError) -> Fields {
        let value = values[name] ?? [String: Any]()
        guard let object = value as? [String: Any] else { throw wrong(name, "an object") }
        return Fields(path: path, prefix: "\(prefix)\(name).", values: object)
    }

    func string(_ name: String) throws(ModelError) -> String? {
        guard let value = present(name) else { return nil }
        guard let string = value as? String else { throw wrong(name, "a string") }
        return string
    }

    func integer(_ name: String) throws(ModelError) -> Int? {
        guard let value = present(name) else { return nil }
        return try integer(value, name)
    }

    func number(_ name: String) throws(ModelError) -> Double? {
        guard let value = present(name) else { return nil }
        guard let number = value as? NSNumber, !isBoolean(number), number.doubleValue.isFinite else {
            throw wrong(name, "a number")
        }
        return number.doubleValue
    }

    func boolean(_ name: String) throws(ModelError) -> Bool? {
        guard let value = present(name) else { return nil }
        guard let number = value as? NSNumber, isBoolean(number) else { throw wrong(name, "true or false") }
        return number.boolValue
    }

    func integers(_ name: String, count: Int) throws(ModelError) -> [Int]? {
        guard let value = present(name) else { return nil }
        guard let list = value as? [Any], list.count == count else {
            throw wrong(name, "\(count) whole numbers")
        }
        return try list.map { (item) throws(ModelError) in try integer(item, name) }
    }

    /// A height and a width, or one number for both.
    func sizes(_ name: String) throws(ModelError) -> [Int]? {
        guard let value = present(name) else { return nil }
        if value is [Any] { return try integers(name, count: 2) }
        let size = try integer(value, name)
        return [size, size]
    }

    func numbers(_ name: String) throws(ModelError) -> [Float]? {
        guard let value = present(name) else { return nil }
        guard let list = value as? [NSNumber], list.allSatisfy({ $0.floatValue.isFinite }) else {
            throw wrong(name, "a list of numbers")
        }
        return list.map(\.floatValue)
    }

    private func present(_ name: String) -> Any? {
        values[name].flatMap { $0 is NSNull ? nil : $0 }
    }

    private func integer(_ value: Any, _ name: String) throws(ModelError) -> Int {
        guard let number = value as? NSNumber, !isBoolean(number),
            let whole = Int(exactly: number.doubleValue),
            (0...1_000_000_000).contains(whole)
        else { throw wrong(name, "a whole number") }
        return whole
    }

    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    private func wrong(_ name: String, _ expected: String) -> ModelError {
        let text = values[name].map { "\($0)".replacingOccurrences(of: "\n", with: " ") } ?? "nothing"
        return ModelError(
            file: path,
            subject: prefix + name,
            expected: expected,
            found: String(text.prefix(60))
        )
    }
}
