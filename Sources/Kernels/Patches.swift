/// Cuts images into square patches, a row each, so that a patch embedding is one matrix product.
///
/// * `images`: batch × channels × height × width
/// * `patches`: (batch · ⌊height/patch⌋ · ⌊width/patch⌋) × (channels · patch · patch)
package func extractPatches<R: Real>(
    batch: Int,
    channels: Int,
    height: Int,
    width: Int,
    patch: Int,
    images: UnsafePointer<R>,
    patches: UnsafeMutablePointer<R>
) {
    R.kernels.extractPatches(batch, channels, height, width, patch, images, patches)
}
