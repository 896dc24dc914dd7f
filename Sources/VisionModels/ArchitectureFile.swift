import Files
import ImportedGraphs

/// A graph that PyTorch exported, in the file that `--graph` names.
package struct ArchitectureFile: Sendable {
    package let path: String
    let program: ExportedProgram
    /// SHA-256 of the file.
    package let digest: String

    /// - Throws: `InputError` where the file cannot be read or is no such graph.
    package init(_ path: String) throws {
        self.path = path
        program = try ExportedProgram(path)
        digest = try MappedFile(path).sha256()
    }
}
