import Datasets

/// timm's ways to write a description: with `pretrained_cfg` inside, or flat, as its versions 0.5 to 0.8 did for the hub.
extension DescriptionFields {
    /// What timm calls `pretrained_cfg`; where there is no such object, and any of its keys, the description itself.
    var pretrainedConfiguration: DescriptionFields {
        get throws(ModelError) {
            let keys = ["mean", "std", "input_size", "interpolation", "crop_pct", "crop_mode"]
            return !has("pretrained_cfg") && keys.contains(where: has) ? self : try object("pretrained_cfg")
        }
    }

    /// Names of the classes: `label_names`, or `labels` as it was called before 0.9, here or in `pretrained`.
    ///
    /// * `classes`: what the model's head has
    func timmClassNames(_ pretrained: DescriptionFields, classes: Int) throws(ModelError) -> ClassNames? {
        let keys = ["label_names", "labels"]
        for key in keys {
            guard let names = try classNames(key) else { continue }
            guard names.names.keys.allSatisfy((0..<classes).contains) else {
                throw wrong(key, "names of the classes 0 to \(classes - 1), which the tensors have")
            }
            return names
        }
        // The pretrained model's own stay behind there where the head is another's.
        for key in keys {
            guard try pretrained.names(key)?.count == classes else { continue }
            if let names = try pretrained.classNames(key) { return names }
        }
        return nil
    }
}
