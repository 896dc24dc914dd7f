import Foundation
import Testing

/// Wrong input under mpirun: the same line once, mpirun's own status 2, no rank left waiting.
///
/// One after the other, for each takes three processes.
@Suite(.serialized) struct WrongInputOnRanksTests {
    @Test(arguments: wrong) func endsAllRanks(wrong: WrongInput) throws { try wrong.expectRefusal(ranks: 3) }

    @Test func askingIsAnsweredOnce() throws {
        let run = try Program.run(["--version"], environment: MPI.environment, launcher: MPI.launcher(3))
        #expect(run.status == 0)
        #expect(run.lines.count == 1)
    }
}

private let wrong = [
    WrongInput("an unknown command", ["found \"boil\""]) { _ in ["boil"] },
    WrongInput("a word for a number", ["--lr", "expected a number"]) { $0.learn("--lr", "fast") },
    WrongInput("a number out of range", ["--warmup", "found 2.0"]) { $0.learn("--warmup", "2") },
    WrongInput("an unknown key", ["config.yaml", "found \"size\""]) { scratch in
        scratch.learn("--config", try scratch.write("size: 1\n", "config.yaml"))
    },
    WrongInput("no such data", ["nowhere.npz"]) { $0.evaluate("--data", "nowhere.npz") },
    WrongInput("a cut checkpoint", ["model_02.safetensors", "as its header says"]) { scratch in
        try scratch.change("model_02.safetensors") { $0.removeLast() }
        return scratch.learn()
    },
    WrongInput("ingredients that do not match", ["model_01.safetensors", "found 24×72"]) { scratch in
        try scratch.changeTensors("model_01.safetensors") {
            $0["blocks.0.attn.qkv.weight"]?.shape = [24, 72]
        }
        return scratch.learn()
    },
    WrongInput(
        "infinity that only the last rank reads",
        ["model_01.safetensors", "head.bias", "(rank 2 on "]
    ) {
        scratch in
        try poisonHead(scratch, "model_01.safetensors")
        return scratch.learn()
    },
    WrongInput("the same in the second coefficient block", ["head.bias", "(rank 2 on "], isFoundLate: true) {
        scratch in
        try poisonHead(scratch, "model_01.safetensors")
        return scratch.learn("--block-size", "1", "--start", "block")
    },
    WrongInput("the same in evaluate", ["head.bias", "(rank 2 on "]) { scratch in
        try poisonHead(scratch, "model_00.safetensors")
        return scratch.evaluate()
    },
    WrongInput(
        "an image that only one rank reads",
        ["image of sample 39", "finite", "(rank "],
        isFoundLate: true
    ) { scratch in
        scratch.learn(data: try floatImages(scratch, last: .nan))
    },
    WrongInput("the same in evaluate", ["image of sample 39", "finite", "(rank "]) { scratch in
        scratch.evaluate("--data", try floatImages(scratch, last: .infinity))
    },
    WrongInput("a folder that only rank 0 makes", ["config.json/out would lie"]) { scratch in
        scratch.learn("--out", "\(scratch.pool)/config.json/out")
    },
    WrongInput("coefficients of other models", ["model_00.safetensors", "SHA-256"]) { scratch in
        try scratch.changeTensors("model_00.safetensors") { $0["head.bias"]?.bytes[0] ^= 1 }
        let soup = try Soup.shared()
        return [
            "mix", "--models", "\(scratch.pool)/model_00.safetensors",
        ] + (1..<6).map { "\(poolFixture)/model_0\($0).safetensors" } + [
            "--coefficients", "\(soup.path)/coefficients.json", "--out", scratch.out,
        ]
    },
    WrongInput("ingredients: wrong options", ["--heads", "found 3"]) { $0.ingredients("--heads", "3") },
    WrongInput("ingredients: a folder that cannot be made", ["/proc/mehlsoup"]) {
        $0.ingredients("--out", "/proc/mehlsoup/out")
    },
    WrongInput("trace: a command that runs on one rank", ["nowhere"]) { _ in ["trace", "show", "nowhere"] },
]
