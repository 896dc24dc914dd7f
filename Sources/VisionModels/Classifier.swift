import Datasets
import Diagnostics
import Graphs

/// What a checkpoint and its description make, whoever knows how: one of the families, or a graph that PyTorch exported.
struct Classifier: Sendable {
    /// For people: the library and its model's class.
    var family: String
    /// What the description calls the model, or what its sizes make of it.
    var architecture: String
    var graph: Graph
    /// The same, to measure the statistics of its batch norms by; nil where it has none.
    var measuring: Graph?
    var transform: ImageTransform
    /// Whose transform it is where the description says nothing of it.
    var transformOrigin: String?
    /// For people: sizes and options of what is computed.
    var options: [(name: String, value: String)]
    /// What decides the computation and no tensor tells, as the description calls it.
    var facts: [(name: String, value: String)]
    /// Tensors that may be there beside the model.
    var carried: [CarriedRule]
    /// What the description calls what images and classes are.
    var images: ImageLabels
    /// Where the description has names.
    var classNames: ClassNames?
    /// In which order the library numbers folders of classes.
    var folderOrder: FolderOrder
    /// What looks wrong about the description and the tensors taken together.
    var doubt: Doubt?
}

/// How a description calls what there is to know of images and classes, to be named in messages.
struct ImageLabels: Sendable {
    var size: String
    var resize: String
    var classes: String
    var mean: String
    var std: String

    /// * `pretrained`: where the description says how images are fed
    /// * `size`: what else tells the images' size
    static func timm(_ pretrained: DescriptionFields, size: String? = nil) -> ImageLabels {
        ImageLabels(
            size: (size.map { "\($0) or " } ?? "") + "\(pretrained.prefix)input_size",
            resize: "\(pretrained.prefix)crop_pct, crop_mode or interpolation",
            classes: "label_names",
            mean: "\(pretrained.prefix)mean",
            std: "\(pretrained.prefix)std"
        )
    }

    static let huggingFace = ImageLabels(
        size: "size or crop_size (preprocessor_config.json)",
        resize: "do_resize, size or resample",
        classes: "id2label",
        mean: "image_mean",
        std: "image_std"
    )
}
