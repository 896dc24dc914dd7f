import Files
import Foundation

/// What lies beside a checkpoint and says what its tensors are: `config.json` and `preprocessor_config.json`.
package struct ModelDescription: Sendable {
    /// The weights' folder; empty for the working folder.
    package let folder: String
    /// By file name; not those that are not there.
    package let texts: [String: String]
    /// The graph of a model that is of none of the known families; nil where its tensors tell.
    package let architecture: ArchitectureFile?

    /// The files that are part of a description, and are copied to where a soup of its model goes.
    package static let names = ["config.json", "preprocessor_config.json"]

    /// Reads what there is in the folder.
    package init(folder: String, architecture: ArchitectureFile? = nil) throws {
        var texts: [String: String] = [:]
        for name in Self.names {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            texts[name] = try MappedFile(path).text()
        }
        try self.init(folder: folder, texts: texts, architecture: architecture)
    }

    package init(
        folder: String,
        texts: [String: String],
        architecture: ArchitectureFile? = nil
    ) throws(ModelError) {
        self.folder = folder
        self.texts = texts
        self.architecture = architecture
        for name in Self.names { _ = try fields(of: name) }
    }

    package var isEmpty: Bool { texts.isEmpty }

    /// With what `other` has and this has not.
    package func completed(by other: ModelDescription) throws(ModelError) -> ModelDescription {
        try ModelDescription(
            folder: folder,
            texts: texts.merging(other.texts) { own, _ in own },
            architecture: architecture ?? other.architecture
        )
    }

    /// Of `config.json`, be it there or not: to be named in messages.
    package var path: String { path(of: Self.names[0]) }

    var preprocessorPath: String { path(of: Self.names[1]) }

    /// All of it, to tell two apart.
    package var text: String {
        let files = texts.sorted { $0.key < $1.key }.map {
            $0.key == Self.names[0] ? $0.value : "\($0.key)\n\($0.value)"
        }
        return (files + (architecture.map { ["graph \($0.digest)"] } ?? [])).joined(separator: "\n")
    }

    /// Of `config.json`; nil where there is none.
    var configuration: DescriptionFields? {
        get throws(ModelError) { try fields(of: Self.names[0]) }
    }

    /// Of `preprocessor_config.json`; nil where there is none.
    var preprocessor: DescriptionFields? {
        get throws(ModelError) { try fields(of: Self.names[1]) }
    }

    /// - Throws: where there is no `config.json`.
    func requireConfiguration(_ family: String) throws(ModelError) -> DescriptionFields {
        guard let configuration = try configuration else {
            throw ModelError(
                file: path,
                subject: "model description",
                expected: "this file beside the weights of a \(family)",
                found: "nothing"
            )
        }
        return configuration
    }

    private func path(of name: String) -> String { folder.isEmpty ? name : "\(folder)/\(name)" }

    private func fields(of name: String) throws(ModelError) -> DescriptionFields? {
        guard let text = texts[name] else { return nil }
        guard let root = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] else {
            throw ModelError(
                file: path(of: name),
                subject: "model description",
                expected: "a JSON object",
                found: "something else"
            )
        }
        return DescriptionFields(path: path(of: name), prefix: "", values: root)
    }
}
