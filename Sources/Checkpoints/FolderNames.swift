import Files

/// What the names of files in a training's folder tell.
enum FolderNames {
    /// The files of one model that libraries look for, in their order: transformers' `from_pretrained` (a file before
    /// shards, safetensors before PyTorch's), and those of timm's and open_clip's hub.
    ///
    /// Source: https://github.com/huggingface/transformers/blob/v4.57.0/src/transformers/modeling_utils.py.
    static let library = [
        "model.safetensors", "model.safetensors.index.json", "open_clip_model.safetensors",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json", "open_clip_pytorch_model.bin",
    ]

    static let suffixes =
        CheckpointListing.Container.safetensors.suffixes + CheckpointListing.Container.torch.suffixes

    static func isCheckpoint(_ name: String) -> Bool {
        !name.hasPrefix(".") && suffixes.contains(where: name.hasSuffix)
    }

    static func isIndex(_ name: String) -> Bool {
        !name.hasPrefix(".")
            && (name.hasSuffix(".safetensors.index.json") || name == "pytorch_model.bin.index.json")
    }

    /// Whether it is the name by which Hugging Face's Trainer, Accelerate or DeepSpeed keep what is no weights.
    static func isState(_ name: String) -> Bool {
        if ["training_args.bin", "recipe_state.pt"].contains(name) || name.hasSuffix("_optim_states.pt") {
            return true
        }
        let parts = name.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, ["pt", "pth", "bin", "pkl"].contains(parts[1]) else { return false }
        let words = parts[0].split(separator: "_")
        let stem = words.last.map { $0.allSatisfy(\.isNumber) } == true ? words.dropLast() : words
        return states.contains(stem.joined(separator: "_"))
    }

    private static let states: Set<String> = [
        "optimizer", "scheduler", "lr_scheduler", "scaler", "sampler", "rng_state", "random_states",
        "dl_state_dict",
        "custom_checkpoint",
    ]

    /// Whether it begins as such a name does: only what is in the file tells.
    static func mayBeState(_ name: String) -> Bool {
        states.contains { name.hasPrefix($0) }
    }

    /// Whose weights a file holds that this program does not read; nil for no weights, as far as the name tells.
    static func foreign(_ name: String) -> String? {
        guard !name.hasPrefix(".") else { return nil }
        return [
            (".msgpack", "Flax's"), (".h5", "TensorFlow's or Keras's"), (".keras", "Keras's"),
            (".ckpt.index", "TensorFlow's"), (".onnx", "ONNX"), (".gguf", "GGUF"),
            (".tflite", "TensorFlow's"),
            (".pdparams", "Paddle's"), (".mlmodel", "Core ML's"),
        ].first { name.hasSuffix($0.0) }?.1
    }

    /// Whether people give such names to PyTorch's files, too.
    static func isUnusual(_ name: String) -> Bool {
        !name.hasPrefix(".") && !isState(name)
            && [".th", ".pkl", ".model", ".weights", ".pth.gz", ".pt.gz"].contains(where: name.hasSuffix)
    }
}
