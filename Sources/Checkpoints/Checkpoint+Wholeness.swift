import Files
import Foundation

extension Checkpoint {
    /// Throws where the tensors' names tell that they are no whole model's weights, or not as they are computed with.
    package func checkIsWhole() throws(CheckpointError) {
        for name in tensors.keys {
            if Self.adapters.contains(where: name.contains) {
                throw CheckpointError(
                    displayName,
                    expected: "the weights of a whole model",
                    found:
                        "an adapter (PEFT's, with tensor \"\(name.abridged)\"): merge it into its base\(base) first "
                        + "(model.merge_and_unload()), and save the whole model"
                )
            }
            if let whose = Self.quantised.first(where: { name.hasSuffix($0.end) })?.whose {
                throw CheckpointError(
                    displayName,
                    expected: "weights of float32, float16 or bfloat16",
                    found:
                        "quantised ones (\(whose), with tensor \"\(name.abridged)\"): take the weights from before, or "
                        + "dequantise them (model.dequantize()) and save the model"
                )
            }
        }
    }

    /// ", someone/vit," for what adapter_config.json beside the file names.
    private var base: String {
        struct Configuration: Decodable {
            let base: String?

            private enum CodingKeys: String, CodingKey { case base = "base_model_name_or_path" }
        }
        let path = "\(folder.isEmpty ? "." : folder)/adapter_config.json"
        guard isHere, let bytes = try? jsonBytes(of: path),
            let name = try? JSONDecoder().decode(Configuration.self, from: bytes).base
        else { return "" }
        return ", \(name.onOneLine.abridged),"
    }

    /// What the tensors of PEFT's methods have in their names.
    private static let adapters = [
        "lora_A", "lora_B", "lora_embedding_A", "lora_magnitude_vector", ".lokr_w", ".hada_w", ".ia3_l",
        ".oft_r",
        ".boft_", ".vera_lambda", "prompt_encoder.", "prompt_embeddings",
    ]

    private static let quantised: [(end: String, whose: String)] = [
        (".absmax", "bitsandbytes"), (".quant_map", "bitsandbytes"), (".SCB", "bitsandbytes"),
        (".qweight", "GPTQ or AWQ"), (".weight_packed", "compressed-tensors"),
    ]
}
