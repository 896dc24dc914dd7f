import Threads

/// Cuts images into square patches, a row each, so that a patch embedding is one matrix product.
///
/// * `images`: batch × channels × height × width
/// * `patches`: (batch · ⌊height/patch⌋ · ⌊width/patch⌋) × (channels · patch · patch)
package func extractPatches<R: Real>(
    on team: Team,
    batch: Int,
    channels: Int,
    height: Int,
    width: Int,
    patch: Int,
    images: UnsafePointer<R>,
    patches: UnsafeMutablePointer<R>
) {
    let image = channels * height * width
    let cut = (height / patch) * (width / patch) * channels * patch * patch
    team.run(batch) { sample in
        let target = patches + sample * cut
        R.kernels.extractPatches(1, channels, height, width, patch, images + sample * image, target)
    }
}
