import Checkpoints
import Diagnostics
import Files
import Foundation
import Soups
import Traces

/// A run that has come to its end in a folder, read back.
struct FinishedRun {
    let folder: RunFolder
    /// Of the run that is asked for.
    let header: TraceHeader
    /// SHA-256 of the ingredients' files, in the pool's order.
    let digests: [String]

    private var files: TraceFiles { TraceFiles(inFolder: folder.path) }

    /// What the run came to; nil where none has ended there.
    ///
    /// * throws `ResumptionError` where the one that has is another run
    func result() throws -> RunResult? {
        guard FileManager.default.fileExists(atPath: files.steps),
            FileManager.default.fileExists(atPath: folder.file("metrics.json"))
        else { return nil }
        let reader = try TraceReader(files.steps)
        let found = try reader.readHeader()
        if let difference = TraceDiff.differences(found, header).first(where: { !$0.isNote }) {
            throw ResumptionError(folder.path, "another run has ended there: \(difference.text)")
        }
        var history = RunHistory()
        while let record = try reader.next() { history.take(record) }
        guard reader.isComplete else { return nil }
        // Of a run that died between two names this one may still be the temporary one.
        let hasName = FileManager.default.fileExists(atPath: files.ranks)
        let ranks = try TraceReader(files.ranks + (hasName ? "" : TraceFiles.partialSuffix))
        while let record = try ranks.next() { history.take(record) }

        let coefficients = try CoefficientsFile(folder.file("coefficients.json"))
        for (model, digest) in zip(coefficients.models, digests) where model.sha256 != digest {
            throw ResumptionError(
                folder.path,
                "another run has ended there: \(model.path) had SHA-256 \(model.sha256.prefix(12)), has \(digest.prefix(12))"
            )
        }
        guard coefficients.models.count == digests.count, coefficients.alpha.count == found.groups.count
        else { return nil }
        let groups = coefficients.alpha
        return RunResult(
            metrics: try RunMetrics(path: folder.file("metrics.json")),
            alpha: CoefficientMatrix(
                rows: digests.count,
                columns: groups.count,
                values: digests.indices.flatMap { row in groups.map { $0[row] } }
            ),
            ingredients: IngredientNames.of(header.ingredients),
            groups: found.groups,
            history: history,
            options: found.options.map { ($0.name, $0.value) }
        )
    }

    /// Whether a run of which a state is left had in truth come to its end: only names were left to give.
    ///
    /// The trace of steps is named last but one: where it has its name, all else is done.
    var isNamed: Bool {
        let manager = FileManager.default
        return manager.fileExists(atPath: files.steps)
            && !manager.fileExists(atPath: files.steps + TraceFiles.partialSuffix)
    }

    /// Does what such a run had left to do.
    func complete(_ states: RunStateFiles) throws {
        let partial = files.ranks + TraceFiles.partialSuffix
        if !states.present.isEmpty, FileManager.default.fileExists(atPath: partial),
            rename(partial, files.ranks) != 0
        {
            throw FileError(files.ranks, cannot: "write")
        }
        states.remove()
    }
}
