import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// What training programs save beside a model's weights: their average, and values of all kinds.
@Suite struct TrainingCheckpointTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "U"), UInt8(text.utf8.count)] + text.utf8
    }

    /// A tensor of one number: 1 is raw, 2 averaged.
    private static func tensor(_ number: Int) -> [UInt8] {
        var pickle = Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
        pickle += text("storage") + "ctorch\nFloatStorage\n".utf8 + text("\(number)") + text("cpu")
        pickle += "K\u{1}tQK\u{0}(K\u{1}t(K\u{1}t".utf8
        return pickle + [0x89] + "ccollections\nOrderedDict\n)RtR".utf8
    }

    private static func dictionary(_ items: KeyValuePairs<String, [UInt8]>) -> [UInt8] {
        Array("}(".utf8) + items.flatMap { text($0.key) + $0.value } + "u".utf8
    }

    private static let (raw, averaged) = (dictionary(["w": tensor(1)]), dictionary(["w": tensor(2)]))

    private func checkpoint(_ pickle: [UInt8], _ weights: WeightsKind? = nil) throws -> Checkpoint {
        let members = [("x/data.pkl", [0x80, 2] + pickle + ".".utf8)]
        let storages = [1, 2].map { ("x/data/\($0)", littleEndian([Float($0)])) }
        return try Checkpoint(folder.write(zip(members + storages), "x.pt"), weights: weights)
    }

    /// What "w" is: by itself, raw, averaged; nil where that is refused.
    static let kinds: [(name: String, pickle: [UInt8], expected: [Float?])] = [
        ("timm", dictionary(["state_dict": raw, "state_dict_ema": averaged]), [2, 1, 2]),
        ("DeiT", dictionary(["model": raw, "model_ema": averaged]), [2, 1, 2]),
        ("timm without an average", dictionary(["model_ema": Array("N".utf8), "model": raw]), [1, 1, nil]),
        ("timm's order", dictionary(["ema": raw, "state_dict_ema": averaged]), [2, nil, 2]),
        // Lightning's WeightAveraging and MMEngine's EMAHook put the average where the weights are looked for.
        ("Lightning", dictionary(["state_dict": averaged, "current_model_state": raw]), [2, 1, 2]),
        (
            "MMEngine",
            dictionary([
                "meta": dictionary(["mmengine_version": text("0.10.4")]), "state_dict": averaged,
                "ema_state_dict": dictionary(["steps": tensor(1), "module.w": tensor(1)]),
            ]), [2, 1, 2]
        ),
        (
            "PyTorch's AveragedModel",
            dictionary([
                "model": raw, "swa_model": dictionary(["n_averaged": tensor(1), "module.w": tensor(2)]),
            ]), [2, 1, 2]
        ),
        (
            "a helper's state", dictionary(["model": raw, "ema": dictionary(["shadow": averaged])]),
            [2, 1, 2]
        ),
        ("alone", dictionary(["model_ema": averaged]), [2, nil, 2]),
        ("bare", raw, [1, 1, nil]),
        (
            "without names",
            dictionary([
                "model": raw, "ema": dictionary(["shadow_params": Array("](".utf8) + tensor(2) + "e".utf8]),
            ]), [1, 1, nil]
        ),
    ]

    @Test(arguments: kinds.indices) func readsWhatIsMeant(index: Int) throws {
        let (name, pickle, expected) = Self.kinds[index]
        for (wanted, expected) in zip([nil, WeightsKind.raw, .averaged], expected) {
            guard let expected else {
                let error = #expect(throws: CheckpointError.self) { try checkpoint(pickle, wanted) }
                #expect(
                    error?.description.contains("--weights") == true,
                    "\(name): \(error?.description ?? "")"
                )
                continue
            }
            let file = try checkpoint(pickle, wanted)
            #expect(Array(file.tensors.keys) == ["w"], "\(name)")
            #expect(try number(file, "w") == expected, "\(name), \(wanted?.rawValue ?? "by itself")")
        }
    }

    /// A module that keeps the average of its model itself.
    @Test func aModelAndItsAverageInOneDictionary() throws {
        let names = ["model.a", "model.b", "criterion.weight"]
        let averages = ["ema_model.module.a", "ema_model.module.b", "ema_model.n_averaged"]
        let items = names.map { ($0, 1) } + averages.map { ($0, 2) }
        let state = Array("}(".utf8) + items.flatMap { Self.text($0.0) + Self.tensor($0.1) } + "u".utf8
        let pickle = Self.dictionary(["state_dict": state])
        for (wanted, expected) in [(nil, 2), (.raw, 1), (WeightsKind.averaged, 2)] as [(WeightsKind?, Float)]
        {
            let file = try checkpoint(pickle, wanted)
            #expect(Array(file.tensors.keys) == names)
            #expect(try number(file, "model.a") == expected && number(file, "model.b") == expected)
            #expect(try number(file, "criterion.weight") == 1)
        }
    }

    @Test func aPoolSaysWhichWeightsAreRead() throws {
        func path(_ name: String, _ pickle: [UInt8]) throws -> String {
            let file = try checkpoint(pickle)
            let path = folder.file(name)
            try FileManager.default.moveItem(atPath: file.path, toPath: path)
            return path
        }
        let both = try path("both.pt", Self.kinds[0].pickle)
        let paths = [both, try path("bare.pt", Self.raw)]
        let doubts = try IngredientPool(patterns: paths).doubts
        #expect(doubts.map(\.weight) == [.warning, .warning])
        #expect(
            doubts[0].text
                == "both.pt: averaged weights under \"state_dict_ema\" are read, as timm does, and not the raw "
                + "ones under \"state_dict\" (--weights raw reads those)"
        )
        #expect(doubts[1].text.hasPrefix("bare.pt: no averaged weights there"))
        #expect(try IngredientPool(patterns: paths, weights: .raw).doubts.isEmpty)
        let error = #expect(throws: CheckpointError.self) {
            try IngredientPool(patterns: paths, weights: .averaged)
        }
        #expect(error?.file.hasSuffix("bare.pt") == true)
    }

    /// Values beside the weights, as `pickle` puts them: classes made anew, called, or called with a value.
    static let values = [
        "ctorch.torch_version\nTorchVersion\nU\u{3}2.4\u{85}\u{81}", "c__main__\nSettings\n)\u{81}}b",
        "comegaconf.dictconfig\nDictConfig\n)\u{81}}U\u{1}aK\u{1}sb",
        "ctransformers.trainer_utils\nSchedulerType\nU\u{6}linear\u{85}R",
        "cdatetime\ntimezone\ncdatetime\ntimedelta\nK\u{0}K\u{0}K\u{0}\u{87}R\u{85}R",
        "cpathlib\nPosixPath\nU\u{1}a\u{85}R", "ctypes\nSimpleNamespace\n)R",
        "ctorch\ndevice\nU\u{3}cpu\u{85}R",
        "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\u{2}f8\u{85}RU\u{8}12345678\u{86}R",
        "ctorch\nfloat32\n",
        "c__builtin__\nslice\nNNN\u{87}R", "c__builtin__\nset\n]\u{85}R", "ccollections\nCounter\n}\u{85}R",
        "cfunctools\npartial\nctorch.optim.adamw\nAdamW\n\u{85}R",
    ]

    @Test(arguments: values) func valuesBesideTheWeightsAreOfNoInterest(value: String) throws {
        let bytes = value.unicodeScalars.map { UInt8($0.value) }
        let file = try checkpoint(Self.dictionary(["state_dict": Self.raw, "value": bytes]))
        #expect(try number(file, "w") == 1)
        // But they are no weights.
        let error = #expect(throws: CheckpointError.self) { try checkpoint(bytes) }
        #expect(error?.expected.contains("a state dict") == true)
    }

    @Test(arguments: [
        "subprocess\nPopen", "ctypes\nCDLL", "os\nDirEntry", "torch\nClassType", "lib\nfunction",
    ])
    func whatLeadsToTheSystemIsRefused(name: String) throws {
        let error = #expect(throws: CheckpointError.self) {
            try checkpoint(Self.dictionary(["state_dict": Self.raw, "value": Array("c\(name)\n".utf8)]))
        }
        #expect(error?.found.contains("which is not run here") == true)
    }

    @Test func whatIsNoModelIsSaid() throws {
        let optimizer = Self.dictionary(["state": Array("}".utf8), "param_groups": Array("]".utf8)])
        let error = #expect(throws: CheckpointError.self) { try checkpoint(optimizer) }
        #expect(error?.found == "the state of an optimizer")
        for (name, says) in [
            ("base_model.model.q.lora_A.weight", "an adapter (PEFT's"),
            ("layer.q.SCB", "quantised ones (bitsandbytes"),
        ] {
            let file = try checkpoint(Array("}".utf8) + Self.text(name) + Self.tensor(1) + "s".utf8)
            let error = #expect(throws: CheckpointError.self) { try IngredientPool([file]) }
            #expect(error?.found.hasPrefix(says) == true)
        }
    }

    /// Other files under a checkpoint's name, and the words for them.
    static let others: [(bytes: [UInt8], says: String)] = [
        ([], "found an empty file"), (Array("GGUF".utf8), "a GGUF file: convert"),
        (Array("{\"a\": 1}".utf8), "a JSON text: name the checkpoints alone"),
        (Array("<!DOCTYPE html><html>".utf8), "an HTML page"),
        (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "`git lfs pull`"),
        ([0x1F, 0x8B, 8, 0], "compressed with gzip: unpack it first"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
    ]

    @Test(arguments: others.indices) func otherFilesAreCalledWhatTheyAre(index: Int) throws {
        for name in ["x.safetensors", "x.pt", "x.ckpt"] {
            let message = refusal(try folder.write(Self.others[index].bytes, name))
            #expect(message?.contains(Self.others[index].says) == true, "\(message ?? "")")
        }
    }

    private func number(_ file: Checkpoint, _ name: String) throws -> Float {
        var number: Float = 0
        try file.read(try #require(file.tensors[name]), 0..<1, into: &number)
        return number
    }
}
