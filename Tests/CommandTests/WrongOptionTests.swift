import Foundation
import Testing

/// Options that are missing, out of range or of the wrong kind.
@Suite struct WrongOptionTests {
    @Test(arguments: learnValues + learnKinds) func ofLearn(wrong: WrongValue) throws {
        try WrongInput("\(wrong)", ["--\(wrong.option)", wrong.word]) {
            $0.learn("--\(wrong.option)", wrong.value)
        }.expectRefusal()
    }

    @Test(arguments: learnValues) func ofLearnInAFile(wrong: WrongValue) throws {
        try WrongInput("\(wrong)", [wrong.option, wrong.word]) { scratch in
            let file = try scratch.write("\(wrong.option): \(wrong.value)\n", "config.yaml")
            return [
                "learn", "--models", scratch.pool, "--data", heldoutFixture, "--out", scratch.out, "--config",
                file,
            ]
        }.expectRefusal()
    }

    @Test(arguments: ingredientsValues) func ofIngredients(wrong: WrongValue) throws {
        try WrongInput("\(wrong)", ["--\(wrong.option)", wrong.word]) {
            $0.ingredients("--\(wrong.option)", wrong.value)
        }.expectRefusal()
    }

    @Test(arguments: wrongCommandLines) func ofOtherCommands(wrong: WrongInput) throws {
        try wrong.expectRefusal()
    }

    @Test(arguments: wrongConfigurations) func files(wrong: WrongInput) throws { try wrong.expectRefusal() }

    @Test(arguments: [[], ["help"], ["--help"], ["--version"], ["trace"], ["learn", "--help"]])
    func askingIsNoMistake(arguments: [String]) throws {
        let run = try Program.run(arguments)
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(!run.output.isEmpty)
    }
}

struct WrongValue: Sendable, CustomTestStringConvertible {
    let option: String
    let value: String
    let word: String

    init(_ option: String, _ value: String, _ word: String) {
        self.option = option
        self.value = value
        self.word = word
    }

    var testDescription: String { "\(option) \(value)" }
}

/// Values of the right kind that make no sense.
private let learnValues = [
    WrongValue("block-size", "0", "found 0"),
    WrongValue("outer-epochs", "-1", "found -1"),
    WrongValue("epochs", "0", "at least 1"),
    WrongValue("batch-size", "-3", "found -3"),
    WrongValue("lr", "-0.1", "found -0.1"),
    WrongValue("lr", "nan", "found nan"),
    WrongValue("weight-decay", "-1", "0.0 or more, found -1.0"),
    WrongValue("clip", "inf", "found inf"),
    WrongValue("warmup", "1.5", "0.0 to 1.0, found 1.5"),
    WrongValue("lanes", "65537", "at most 65536"),
    WrongValue("micro-batch", "0", "at least 1"),
    WrongValue("threads", "0", "at least 1 and at most 4096, found 0"),
    WrongValue("method", "soup", "one of best, uniform, greedy, learned, learned+, hl, hl+, mehl, mehl+"),
    WrongValue("granularity", "model", "tensor or layer with --method mehl+"),
    WrongValue("granularity", "row", "one of tensor, layer, model"),
    WrongValue("start", "zero", "one of pool, block, best, greedy"),
    WrongValue("directions", "short", "one of unit, full"),
    WrongValue("precision", "f16", "one of f32, bf16"),
    WrongValue("lanes-in-flight", "0", "at least 1"),
    WrongValue("schedule", "step", "one of cosine, constant"),
    WrongValue("shared-lr", "-1", "0.0 or more, found -1.0"),
    WrongValue("monitor", "1", "0.0 to 0.9, found 1.0"),
    WrongValue("slice-type", "f16", "one of f32, bf16, i8"),
    WrongValue("trace-level", "all", "one of coefficients, shards"),
]

/// Values of the wrong kind, as the command line reads them.
private let learnKinds = [
    WrongValue("epochs", "1.5", "expected a whole number"),
    WrongValue("batch-size", "99999999999999999999", "expected a whole number"),
    WrongValue("lr", "fast", "expected a number"),
    WrongValue("seed", "-1", "expected a whole number from 0"),
    WrongValue("temperature", "1", "Unknown option"),
]

private let ingredientsValues = [
    WrongValue("count", "0", "from 1 to 9999, found 0"),
    WrongValue("count", "many", "expected a whole number"),
    WrongValue("seed", "-1", "found -1"),
    WrongValue("spread", "wide", "near"),
    WrongValue("learning-rate-range", "5:1", "LOW ≤ HIGH"),
    WrongValue("epochs", "x", "LOW:HIGH"),
    WrongValue("pretrain-epochs", "0", "above 0"),
    WrongValue("pretrain-lr", "2", "at most 1, found 2"),
    WrongValue("pretrain-share", "1.5", "at most 1"),
    WrongValue("batch-size", "0", "from 1 to 65536"),
    WrongValue("patch-size", "5", "a divisor of the images' 12×12 pixels, found 5"),
    WrongValue("embed-dim", "0", "from 1"),
    WrongValue("depth", "129", "to 128, found 129"),
    WrongValue("heads", "3", "found 3"),
    WrongValue("lanes", "0", "from 1"),
    WrongValue("threads", "-2", "found -2"),
    WrongValue("learning-rate-range", "0:2", "above 0 and at most 1"),
]

private let wrongCommandLines = [
    WrongInput("an unknown command", ["expected a command", "mix", "found \"boil\""]) { _ in ["boil"] },
    WrongInput("more folds than images", ["--folds", "found 321 of 320"]) {
        $0.learn(["--method", "mehl+", "--folds", "321"])
    },
    WrongInput("more folds than images beside the monitor", ["--folds", "found 300 of 256"]) {
        $0.learn(["--monitor", "0.2", "--folds", "300"])
    },
    WrongInput("more folds than images in one of compare's runs", ["--folds", "found 400 of 320"]) {
        [
            "compare", "--models", $0.pool, "--data", heldoutFixture, "--eval-data", heldoutFixture, "--out",
            $0.out,
            "--methods", "best,mehl+", "--folds", "400",
        ]
    },
    WrongInput("one image to choose by", ["--folds", "found 3 of 1"]) {
        $0.learn(data: "\(heldoutFixture)[0:1]")
    },
    WrongInput("a guard with nothing to judge by", ["--guard", "--monitor 0"]) {
        $0.learn(["--guard", "--monitor", "0"])
    },
    WrongInput("an unknown method among several", ["--methods", "found \"soup\""]) {
        $0.compare(["--methods", "best,soup"])
    },
    WrongInput("the same method twice", ["--methods", "different ones", "best,best"]) {
        $0.compare(["--methods", "best,best"])
    },
    WrongInput("a seed that is no number", ["--seeds", "found \"x\""]) { $0.compare(["--seeds", "1,x"]) },
    WrongInput("no seed", ["--seeds", "found \"\""]) { $0.compare(["--seeds", ""]) },
    WrongInput("compare without data", ["--data", "held-out images"]) { _ in
        ["compare", "--models", poolFixture, "--out", "compared"]
    },
    WrongInput("no models", ["--models", "found nothing"]) { _ in ["learn", "--data", heldoutFixture] },
    WrongInput("no data", ["--data", "held-out images", "found nothing"]) { scratch in
        ["learn", "--models", scratch.pool, "--out", scratch.out]
    },
    WrongInput("no out", ["--out", "a folder to write into"]) { scratch in
        ["learn", "--models", scratch.pool, "--data", heldoutFixture]
    },
    WrongInput("an option without value", ["Missing value", "--models"]) { _ in ["learn", "--models"] },
    WrongInput("a word too many", ["Unexpected argument 'more'"]) { $0.learn("--json", "more") },
    WrongInput("evaluate: no model", ["--model"]) { _ in ["evaluate", "--data", heldoutFixture] },
    WrongInput("evaluate: no data", ["--data"]) { _ in ["evaluate", "--model", poolFixture] },
    WrongInput("evaluate: threads", ["--threads", "found 0"]) { $0.evaluate("--threads", "0") },
    WrongInput("evaluate: a folder of many", ["--model", "one file", "3 in"]) { scratch in
        ["evaluate", "--model", scratch.pool, "--data", heldoutFixture]
    },
    WrongInput("mix: no out", ["--out"]) { ["mix", "--models", $0.pool] },
    WrongInput("mix: threads", ["--threads", "whole number"]) { $0.mix("x") + ["--threads", "two"] },
    WrongInput("ingredients: no out", ["--out"]) { _ in ["ingredients", "--data", heldoutFixture] },
    WrongInput("ingredients: no data", ["--data"]) { ["ingredients", "--out", $0.out] },
    WrongInput("trace: step", ["--step", "whole number"]) { _ in
        ["trace", "show", traceFixture, "--step", "x"]
    },
    WrongInput("trace: no such step", ["--step -1"]) { _ in ["trace", "show", traceFixture, "--step", "-1"] },
    WrongInput("trace: tolerance", ["--tolerance", "from 0 up"]) { _ in
        ["trace", "diff", traceFixture, traceFixture, "--tolerance", "-1"]
    },
    WrongInput("trace: format", ["--format", "jsonl"]) { _ in
        ["trace", "export", traceFixture, "--format", "xml"]
    },
    WrongInput("inspect: nothing", ["file"]) { _ in ["inspect"] },
]

private let wrongConfigurations = [
    WrongInput("no such file", ["none.yaml", "No such file"]) {
        $0.learn("--config", "\($0.path)/none.yaml")
    },
    WrongInput("an unknown key", ["config.yaml", "block-size", "found \"blocksize\""]) { scratch in
        scratch.learn("--config", try scratch.write("blocksize: 4\n", "config.yaml"))
    },
    WrongInput("a list for a number", ["config.yaml: lr", "a number", "list"]) { scratch in
        scratch.learn("--config", try scratch.write("lr: [0.1, 0.2]\n", "config.yaml"))
    },
    WrongInput("a word for a number", ["config.yaml: seed", "a whole number", "found one"]) { scratch in
        scratch.learn("--config", try scratch.write("seed: one\n", "config.yaml"))
    },
    WrongInput("a mapping for models", ["config.yaml: models", "a list of texts"]) { scratch in
        let file = try scratch.write("models: [{a: b}]\n", "config.yaml")
        return ["learn", "--data", heldoutFixture, "--out", scratch.out, "--config", file]
    },
    WrongInput("broken YAML", ["config.yaml", "expected YAML"]) { scratch in
        scratch.learn("--config", try scratch.write("lr: [0.1\nseed: }{\n", "config.yaml"))
    },
    WrongInput("a key twice", ["config.yaml", "lr"]) { scratch in
        scratch.learn("--config", try scratch.write("lr: 0.1\nlr: 0.2\n", "config.yaml"))
    },
    WrongInput("no mapping", ["config.yaml", "a mapping of option names to values"]) { scratch in
        scratch.learn("--config", try scratch.write("- lr\n", "config.yaml"))
    },
    WrongInput("an empty file", ["config.yaml", "a mapping"]) { scratch in
        scratch.learn("--config", try scratch.write("", "config.yaml"))
    },
    WrongInput("bytes that are no text", ["config.yaml"]) { scratch in
        scratch.learn("--config", try scratch.write([0xFF, 0x00, 0xFE, 0x3A], "config.yaml"))
    },
]
