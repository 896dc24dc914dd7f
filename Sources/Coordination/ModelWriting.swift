import Checkpoints
import Files

/// Writes mixed parameters as the ingredients are written: names, shapes, element types, order.
///
/// The caller commits the file.
package func writeModel(
    _ parameters: UnsafePointer<Float>,
    _ inputs: RunInputs,
    into file: AtomicFile
) throws {
    try CheckpointWriter.write(
        parameters,
        layout: inputs.layout,
        types: inputs.elementTypes(),
        metadata: inputs.pool.files[0].metadata,
        like: inputs.pool.files[0],
        into: file
    )
}
