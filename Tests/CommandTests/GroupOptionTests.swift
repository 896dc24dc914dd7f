import Foundation
import TestSupport
import Testing

/// `--group`, `--include` and `--exclude`, as people use them.
@Suite(.serialized) struct GroupOptionTests {
    private static let options = [
        "--exclude", "head.*", "norm.*", "--group", "blocks.*.attn.**", "patch_embed.**",
    ]

    @Test(arguments: ["mehl+", "learned+", "greedy", "uniform"])
    func whatIsNotMixedIsTheFirstIngredients(method: String) throws {
        let folder = try TemporaryFolder()
        let options = method.hasSuffix("+") ? Self.options : Array(Self.options.prefix(3))
        let run = try Soup.learn(into: folder, ["--method", method] + options, ranks: 2)
        #expect(run.status == 0, "\(run.errors)")
        let soup = try Safetensors("\(folder.path)/model.safetensors")
        let first = try Safetensors("\(poolFixture)/model_00.safetensors")
        let second = try Safetensors("\(poolFixture)/model_01.safetensors")
        for name in ["head.weight", "head.bias", "norm.weight", "norm.bias"] {
            #expect(soup[name]?.bytes == first[name]?.bytes, "\(name)")
            #expect(soup[name]?.bytes != second[name]?.bytes, "\(name)")
        }
        for name in ["pos_embed", "blocks.0.mlp.fc1.weight"] {
            #expect(soup[name]?.bytes != first[name]?.bytes, "\(name)")
        }
    }

    @Test func groupsAreSharedAndMixGivesTheSameFile() throws {
        let folder = try TemporaryFolder()
        let run = try Soup.learn(into: folder, Self.options)
        #expect(run.status == 0, "\(run.errors)")
        let file = try JSONSerialization.jsonObject(
            with: Data(try bytes(of: "\(folder.path)/coefficients.json"))
        )
        let coefficients = try #require(file as? [String: Any])
        let groups = try #require(coefficients["groups"] as? [String])
        let tensors = try #require(coefficients["tensors"] as? [[String]])
        let alpha = try #require(coefficients["alpha"] as? [[Double]])
        let attention = try #require(groups.firstIndex(of: "blocks.0.attn.**"))
        let attentionTensors: Set = [
            "blocks.0.attn.qkv.weight", "blocks.0.attn.qkv.bias", "blocks.0.attn.proj.weight",
            "blocks.0.attn.proj.bias",
        ]
        #expect(Set(tensors[attention]) == attentionTensors)
        #expect(groups.contains("patch_embed.**") && groups.contains("cls_token"))
        let unmixed = try #require(groups.firstIndex(of: "(not mixed)"))
        #expect(Set(tensors[unmixed]) == ["head.weight", "head.bias", "norm.weight", "norm.bias"])
        #expect(alpha[unmixed] == [1, 0, 0, 0, 0, 0] as [Double])
        for row in alpha { #expect(abs(row.reduce(0, +) - 1) <= 1e-9) }

        let mixed = try Program.run([
            "mix", "--models", poolFixture, "--coefficients", "\(folder.path)/coefficients.json", "--out",
            "\(folder.path)/again.safetensors",
        ])
        #expect(mixed.status == 0, "\(mixed.errors)")
        let soup = try bytes(of: "\(folder.path)/model.safetensors")
        #expect(try bytes(of: "\(folder.path)/again.safetensors") == soup)

        let again = try TemporaryFolder()
        let configured = try Program.run([
            "learn", "--config", "\(folder.path)/config.yaml", "--out", again.path,
        ])
        #expect(configured.status == 0, "\(configured.errors)")
        #expect(try bytes(of: "\(again.path)/trace.pb") == bytes(of: "\(folder.path)/trace.pb"))
        #expect(try bytes(of: "\(again.path)/model.safetensors") == soup)
    }

    @Test(arguments: [
        WrongInput("a pattern for nothing", ["--exclude", "heads.*", "fits none"]) {
            $0.learn("--exclude", "heads.*")
        },
        WrongInput("nothing left", ["--exclude", "something left to mix"]) { $0.learn("--exclude", "**") },
        WrongInput("groups without a method for them", ["--group", "method with a +", "hl"]) {
            $0.learn("--method", "hl", "--group", "blocks.**")
        },
    ])
    func refusals(wrong: WrongInput) throws { try wrong.expectRefusal() }
}
