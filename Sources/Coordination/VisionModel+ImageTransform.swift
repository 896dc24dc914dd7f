import Datasets
import VisionModels

extension VisionModel {
    /// How image files become this model's input, where its description says no more than size, mean and std: the shorter
    /// side to the input's, then a centre crop.
    var imageTransform: ImageTransform {
        ImageTransform(
            resize: height == width ? .shortestEdge(height) : .covering(height: height, width: width),
            interpolation: .bicubic,
            crop: ImageTransform.Size(height: height, width: width),
            mean: mean,
            std: std
        )
    }
}
