import Foundation
import Testing

/// Checkpoints and model descriptions that cannot be used, or not together.
@Suite struct WrongModelTests {
    @Test(arguments: wrongFiles) func files(wrong: WrongInput) throws { try wrong.expectRefusal() }

    @Test(arguments: wrongDescriptions) func descriptions(wrong: WrongInput) throws {
        try wrong.expectRefusal()
    }

    @Test(arguments: wrongPools) func pools(wrong: WrongInput) throws { try wrong.expectRefusal() }
}

/// Bytes of a safetensors file with this header.
private func file(header: String, data: Int = 0) -> [UInt8] {
    littleEndian(UInt64(header.utf8.count)) + [UInt8](header.utf8) + [UInt8](repeating: 0, count: data)
}

private let wrongFiles = [
    WrongInput("no such file", ["nowhere.safetensors", "found nothing there"]) { scratch in
        scratch.learn(models: ["\(scratch.pool)/nowhere.safetensors"])
    },
    WrongInput("a glob without match", ["*.pt", "found nothing there"]) {
        $0.learn(models: ["\($0.pool)/*.pt"])
    },
    WrongInput("a folder without checkpoints", ["empty", ".safetensors", "found none"]) { scratch in
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/empty",
            withIntermediateDirectories: false
        )
        return scratch.learn(models: ["\(scratch.path)/empty"])
    },
    WrongInput("a device", ["/dev/null", "expected a file"]) { $0.learn(models: ["/dev/null"]) },
    WrongInput("another kind of file", ["heldout.npz", "data.pkl"]) { $0.learn(models: [heldoutFixture]) },
    WrongInput("an empty file", ["model_01.safetensors", "expected a safetensors file, found an empty file"])
    { scratch in
        try scratch.change("model_01.safetensors") { $0 = [] }
        return scratch.learn()
    },
    WrongInput("cut by one byte", ["model_02.safetensors", "as its header says"]) { scratch in
        try scratch.change("model_02.safetensors") { $0.removeLast() }
        return scratch.learn()
    },
    WrongInput("cut in the header", ["model_00.safetensors", "cut short"]) { scratch in
        try scratch.change("model_00.safetensors") { $0 = Array($0[..<100]) }
        return scratch.learn()
    },
    WrongInput("a header length beyond all bounds", ["model_00.safetensors", "18446744073709551615"]) {
        scratch in
        try scratch.change("model_00.safetensors") {
            $0.replaceSubrange(..<8, with: littleEndian(UInt64.max))
        }
        return scratch.evaluate()
    },
    WrongInput("a broken header", ["model_00.safetensors"]) { scratch in
        try scratch.change("model_00.safetensors") { $0[8] = UInt8(ascii: "[") }
        return ["inspect", "\(scratch.pool)/model_00.safetensors"]
    },
    WrongInput("a shape beyond all bounds", ["model_00.safetensors", "\"a\"", "2⁶³"]) { scratch in
        let shape = "[4294967296,4294967296]"
        let header = #"{"a":{"dtype":"F32","shape":\#(shape),"data_offsets":[0,4]}}"#
        try scratch.change("model_00.safetensors") { $0 = file(header: header, data: 4) }
        return scratch.evaluate()
    },
    WrongInput("a name with line breaks", ["model_00.safetensors", #"a\nb"#]) { scratch in
        let header = #"{"a\nb":{"dtype":"X9","shape":[1],"data_offsets":[0,8]}}"#
        try scratch.change("model_00.safetensors") { $0 = file(header: header, data: 8) }
        return scratch.evaluate()
    },
    WrongInput("float64", ["model_00.safetensors", "F32, F16, BF16, found F64"]) { scratch in
        for index in 0..<3 {
            try scratch.changeTensors("model_0\(index).safetensors") { tensors in
                guard var bias = tensors["head.bias"] else { return }
                bias.type = "F64"
                bias.bytes += bias.bytes
                tensors["head.bias"] = bias
            }
        }
        return scratch.learn()
    },
    WrongInput(
        "NaN in the last tensor",
        ["model_02.safetensors", "pos_embed", "finite", "nan at element 239"]
    ) {
        scratch in
        try scratch.change("model_02.safetensors") {
            $0.replaceSubrange($0.count - 4..<$0.count, with: [0, 0, 0xC0, 0x7F])
        }
        return scratch.learn()
    },
    WrongInput("infinity in the head", ["model_00.safetensors", "head.bias", "finite", "inf at element 4"]) {
        scratch in
        try poisonHead(scratch, "model_00.safetensors")
        return scratch.evaluate()
    },
    WrongInput(
        "NaN where only the second coefficient block looks",
        ["model_01.safetensors", "head.bias"],
        isFoundLate: true
    ) {
        scratch in
        try poisonHead(scratch, "model_01.safetensors")
        return scratch.learn("--block-size", "1", "--start", "block")
    },
]

/// Makes the last number of the flat vector infinite: the one that the last rank reads.
func poisonHead(_ scratch: Scratch, _ name: String) throws {
    try scratch.changeTensors(name) {
        $0["head.bias"]?.bytes.replaceSubrange(16..<20, with: littleEndian(Float.infinity.bitPattern))
    }
}

private let wrongDescriptions = [
    WrongInput("none", ["pool/config.json", "expected this file beside the weights"]) { scratch in
        try FileManager.default.removeItem(atPath: "\(scratch.pool)/config.json")
        return scratch.learn()
    },
    WrongInput("no JSON", ["pool/config.json", "a JSON object"]) { scratch in
        try scratch.change("config.json") { $0.removeLast(3) }
        return scratch.learn()
    },
    WrongInput("no architecture", ["config.json: architecture", "found nothing"]) { scratch in
        try scratch.changeDescription("\"architecture\"", "\"architektur\"")
        return scratch.learn()
    },
    WrongInput("another architecture", ["config.json: architecture", "found \"resnet50\""]) { scratch in
        try scratch.changeDescription("\"vision_transformer\"", "\"resnet50\"")
        return scratch.evaluate()
    },
    WrongInput("other classes", ["config.json: num_classes", "5 as the tensors have, found 7"]) { scratch in
        try scratch.changeDescription("\"num_classes\": 5", "\"num_classes\": 7")
        return scratch.learn()
    },
    WrongInput("heads", ["config.json: model_args.num_heads", "a divisor of 24, found 5"]) { scratch in
        try scratch.changeDescription("\"num_heads\": 3", "\"num_heads\": 5")
        return scratch.learn()
    },
    WrongInput("a text for a number", ["config.json: model_args.depth", "a whole number, found two"]) {
        scratch in
        try scratch.changeDescription("\"depth\": 2", "\"depth\": \"two\"")
        return scratch.learn()
    },
    WrongInput("another activation", ["config.json: model_args.act_layer", "found \"relu\""]) {
        scratch in
        try scratch.changeDescription("\"depth\": 2", "\"depth\": 2, \"act_layer\": \"relu\"")
        return scratch.learn()
    },
    WrongInput("no deviation", ["config.json: pretrained_cfg.std", "positive numbers"]) { scratch in
        try scratch.changeDescription("0.25", "0")
        return scratch.evaluate()
    },
    WrongInput("three channels' mean", ["config.json: pretrained_cfg.mean", "1 numbers"]) { scratch in
        try scratch.changeDescription("0.45", "0.4, 0.5, 0.6")
        return scratch.evaluate()
    },
    WrongInput("another image size", ["heldout.npz", "1×16×16", "1×12×12"]) { scratch in
        try scratch.changeDescription("\"img_size\": 12", "\"img_size\": 16")
        return scratch.learn()
    },
]

private let wrongPools = [
    WrongInput("a tensor of another name", ["model_02.safetensors", "\"head.bias\"", "no such tensor"]) {
        scratch in
        try scratch.changeTensors("model_02.safetensors") { file in
            var tensor = file["head.bias"]
            file["head.bias"] = nil
            tensor?.name = "head.offset"
            file["head.offset"] = tensor
        }
        return scratch.learn()
    },
    WrongInput("a tensor of another shape", ["model_01.safetensors", "qkv.weight", "72×24", "found 24×72"]) {
        scratch in
        try scratch.changeTensors("model_01.safetensors") {
            $0["blocks.0.attn.qkv.weight"]?.shape = [24, 72]
        }
        return scratch.learn()
    },
    WrongInput("another type", ["model_01.safetensors", "type F32", "found BF16"]) { scratch in
        try scratch.changeTensors("model_01.safetensors") { $0 = $0.converted(to: "BF16") }
        return scratch.learn()
    },
    WrongInput("a tensor that the model has no use for", ["model_00.safetensors", "tensor head_drop"]) {
        scratch in
        for index in 0..<3 {
            try scratch.changeTensors("model_0\(index).safetensors") {
                $0["head_drop"] = .floats("head_drop", [1], [0])
            }
        }
        return scratch.learn()
    },
    WrongInput("a file twice", ["model_00.safetensors", "each ingredient once"]) { scratch in
        scratch.learn(models: [scratch.pool, "\(scratch.pool)/model_00.safetensors"])
    },
    WrongInput("a file twice through a link", ["link.safetensors", "the same file as"]) { scratch in
        let link = "\(scratch.path)/link.safetensors"
        try FileManager.default.createSymbolicLink(
            atPath: link,
            withDestinationPath: "\(scratch.pool)/model_01.safetensors"
        )
        return scratch.learn(models: [scratch.pool, link])
    },
]
