import Checkpoints
import Coordination
import Files
import Foundation
import Tensors
import VisionModels

/// Where a soup is written to, and in which form; what it must not be written over: its ingredients, and what other
/// programs wrote.
package struct SoupOutput: Sendable {
    package let pool: IngredientPool
    package let layout: ParameterLayout
    package let description: ModelDescription

    /// * `layout`: what is mixed
    /// * `description`: what lies beside the soup
    package init(_ pool: IngredientPool, _ layout: ParameterLayout, _ description: ModelDescription) {
        self.pool = pool
        self.layout = layout
        self.description = description
    }

    /// Writes mixed parameters as the ingredients are written: names, shapes, element types, order, shards; marked as ours.
    ///
    /// The caller commits the files.
    ///
    /// * `inOneFile`: whether shards are put together
    /// * `copy`: where carried tensors come from; nil for the first ingredient
    /// * `open`: gives the file of a name
    package func write(
        _ numbers: CheckpointWriter.Numbers,
        inOneFile: Bool = false,
        copy: CheckpointWriter.Copying? = nil,
        open: (String) throws -> AtomicFile
    ) throws {
        let first = pool.ingredients[0]
        try CheckpointWriter.write(
            numbers,
            layout,
            ModelFiles(like: first, layout: layout, inOneFile: inOneFile)
                .marked(notes: description.architecture?.renaming?.notes ?? [:]),
            open: open,
            copy: copy ?? first.copyStored
        )
    }

    /// Throws where `folder` holds an ingredient: the soup would be taken for one of them by the next run.
    package func check(folder: String) throws {
        for file in pool.ingredients
        where Self.place(file.folder) == Self.place(folder) {
            throw FileError(folder, "expected a folder without ingredients to write into, found \(file.path)")
        }
    }

    /// Throws where `file` is an ingredient.
    package func check(file: String) throws {
        for path in pool.ingredients.flatMap(\.filePaths) where Self.place(path) == Self.place(file) {
            throw FileError(file, "expected another file to write than an ingredient, found \(path)")
        }
    }

    private static func place(_ path: String) -> String {
        URL(fileURLWithPath: path.isEmpty ? "." : path).resolvingSymlinksInPath().path
    }

    /// The option of a run that allows it to write over what other programs wrote.
    package static let consent = "--restart"

    /// Throws where a run in `folder` would write over a model, its description or a record of another program.
    ///
    /// Nothing is refused where a run was interrupted: it was asked for when that began.
    ///
    /// * `interrupted`: `.discard` for consent
    package func checkForeign(folder: String, _ interrupted: InterruptedRun) throws {
        guard interrupted != .discard, RunStateFiles(folder: folder).present.isEmpty else { return }
        let isOurs = try checkForeignModel(folder: folder, Self.consent)
        if !isOurs { try checkForeignDescription(folder: folder, Self.consent) }
        let records: [(name: String, read: (String) throws -> Void)] = [
            ("coefficients.json", { _ = try CoefficientsFile($0) }),
            ("metrics.json", { _ = try RunMetrics(path: $0) }),
        ]
        for (name, read) in records {
            let path = "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            do { try read(path) } catch { throw Self.foreign(path, Self.another, Self.consent) }
        }
    }

    /// Throws where readers of `folder` would find a model of another program, which a soup there would replace.
    ///
    /// * `consent`: the option that allows it
    /// * returns whether a model of this program is there
    package func checkForeignModel(folder: String, _ consent: String) throws -> Bool {
        let usual = [ModelFiles.usualName, "pytorch_model.bin"].flatMap { [$0, "\($0).index.json"] }
        let own = try ModelFiles(like: pool.ingredients[0], layout: layout).names
        let present = Set(usual + own).sorted().map { "\(folder)/\($0)" }
            .filter(FileManager.default.fileExists)
        for path in present { try checkForeignModel(file: path, consent) }
        return !present.isEmpty
    }

    /// Throws where `file` is there and another program's.
    package func checkForeignModel(file: String, _ consent: String) throws {
        guard FileManager.default.fileExists(atPath: file), !ModelFiles.isSoup(file) else { return }
        throw Self.foreign(file, Self.another, consent)
    }

    /// Throws where another model than the ingredients' is described in `folder`.
    package func checkForeignDescription(folder: String, _ consent: String) throws {
        for (name, text) in description.texts.sorted(by: { $0.key < $1.key }) {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard FileManager.default.fileExists(atPath: path), try MappedFile(path).text() != text else {
                continue
            }
            throw Self.foreign(
                path,
                "another model's description than the ingredients' (\(description.path))",
                consent
            )
        }
    }

    private static let another = "a file that it did not write"

    private static func foreign(_ path: String, _ found: String, _ consent: String) -> FileError {
        FileError(
            path,
            "expected nothing there, or what mehlsoup wrote, found \(found): name another place to write to, or "
                + "\(consent) to write over it"
        )
    }
}

extension RunInputs {
    package var output: SoupOutput { SoupOutput(pool, layout, model.description) }
}
