import Checkpoints
import Coordination
import Files

/// Writes mixed parameters as the ingredients are written: names, shapes, element types, order, shards; marked as ours.
///
/// The caller commits the files.
///
/// * `inOneFile`: whether shards are put together
/// * `open`: gives the file of a name
package func writeModel(
    _ parameters: UnsafePointer<Float>,
    _ inputs: RunInputs,
    inOneFile: Bool = false,
    open: (String) throws -> AtomicFile
) throws {
    let first = inputs.pool.ingredients[0]
    try CheckpointWriter.write(
        parameters,
        inputs.layout,
        ModelFiles(like: first, layout: inputs.layout, inOneFile: inOneFile).marked(),
        open: open,
        copy: inputs.carried?.copy ?? first.copyStored
    )
}
