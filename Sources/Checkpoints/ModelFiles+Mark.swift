/// What tells a model that this program mixed from others': a note in the header of each of its files.
extension ModelFiles {
    private static let mark = (name: "mehlsoup", value: "soup")

    /// The same files, with that note.
    ///
    /// * `notes`: others, by name
    package func marked(notes: [String: String] = [:]) -> ModelFiles {
        var files = self
        // Hugging Face's loaders refuse notes that do not say which framework's the tensors are.
        files.note("format", files.metadata["format"] ?? "pt")
        files.note(Self.mark.name, Self.mark.value)
        for (name, text) in notes { files.note(name, text) }
        return files
    }

    /// Whether this program mixed the model that lies under `path`, a file or an index of shards.
    package static func isSoup(_ path: String) -> Bool {
        let file = try? Checkpoint(path)
        return file?.metadata[mark.name] == mark.value
    }
}
