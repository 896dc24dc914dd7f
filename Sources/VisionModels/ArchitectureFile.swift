import Files
import ImportedGraphs

/// A graph that PyTorch exported, in the file that `--graph` names.
package struct ArchitectureFile: Sendable {
    package let path: String
    private(set) var program: ExportedProgram
    /// SHA-256 of the file.
    package let digest: String
    /// What checkpoints call its tensors; nil where that is what the graph calls them.
    package private(set) var renaming: TensorRenaming?

    /// - Throws: `InputError` where the file cannot be read or is no such graph.
    package init(_ path: String) throws {
        self.path = path
        program = try ExportedProgram(path)
        digest = try MappedFile(path).sha256()
    }

    /// Names of the tensors that it reads.
    package var tensors: [String] { program.readTensors }

    /// Names of its model's other tensors.
    package var unreadTensors: [String] {
        let read = Set(tensors)
        return program.sources.compactMap(\.source.tensor).filter { !read.contains($0) }
    }

    /// Whether a checkpoint has its tensors by their names, all with the same before them or nothing.
    package func knows(_ shapes: [String: [Int]]) -> Bool {
        let (tensors, names) = (ModelTensors(file: path, shapes: shapes), program.readTensors)
        return names.allSatisfy(tensors.has) || tensors.prefix(before: names) != nil
    }

    /// The weights that it was exported with.
    package func weights() throws -> StoredTensors {
        try StoredTensors(path, of: tensors + unreadTensors)
    }

    /// The same with other names of its tensors.
    package func renaming(_ renaming: TensorRenaming) -> ArchitectureFile {
        var file = self
        file.program = program.renamingTensors { renaming.names[$0] ?? $0 }
        file.renaming = renaming
        return file
    }
}
