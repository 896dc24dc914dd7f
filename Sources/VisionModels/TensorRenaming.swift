import Foundation

/// What checkpoints call the tensors of a graph.
package struct TensorRenaming: Codable, Equatable, Sendable {
    /// By the graph's names, as far as they are others.
    package let names: [String: String]
    /// For people: what told it.
    package let origin: String

    package init(names: [String: String], origin: String) {
        self.names = names.filter { $0 != $1 }
        self.origin = origin
    }

    private static let note = "mehlsoup.names"

    /// For the header of a soup, whose values are not the graph's any more.
    package var notes: [String: String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Strings can always be encoded.
        let text = (try? encoder.encode(names)).map { String(decoding: $0, as: UTF8.self) }
        return text.map { [Self.note: $0] } ?? [:]
    }

    /// What the header of a checkpoint says; nil where it says nothing.
    ///
    /// * `file`: for people
    package init?(notes: [String: String], file: String) {
        guard let text = notes[Self.note],
            let names = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        else { return nil }
        self.init(names: names, origin: "\(file)'s header")
    }
}
