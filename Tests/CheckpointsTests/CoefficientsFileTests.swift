import Checkpoints
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite struct CoefficientsFileTests {
    private let models = [
        CoefficientsFile.Model(path: "pool/a \"b\" µ/\n.safetensors", sha256: hash("0")),
        CoefficientsFile.Model(path: "pool/1.safetensors", sha256: hash("f")),
    ]

    @Test func everyBitOfEveryNumberReturns() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/coefficients.json"
        var generator = SystemRandomNumberGenerator()
        var numbers: [Double] = [
            0.1, 1.0 / 3, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1e16,
            123456789.125,
            1 - .ulpOfOne / 2, -1e-7, 9_007_199_254_740_992, 1,
        ]
        while numbers.count < 2000 {
            let number = Double(bitPattern: generator.next())
            if number.isFinite { numbers.append(number) }
        }
        let alpha = stride(from: 0, to: numbers.count, by: 2).map { Array(numbers[$0..<$0 + 2]) }
        let file = CoefficientsFile(
            models: models,
            groups: alpha.indices.map { "group \($0)" },
            alpha: alpha,
            temperature: 0.1
        )
        try file.write(to: path)
        let found = try CoefficientsFile(path)
        #expect(found.models == models)
        #expect(found.groups == file.groups)
        #expect(found.temperature == 0.1)
        for (row, expected) in zip(found.alpha, alpha) {
            #expect(row.map(\.bitPattern) == expected.map(\.bitPattern))
        }
        #expect(try folder.names == ["coefficients.json"])
    }

    @Test func aLinePerGroup() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/coefficients.json"
        let file = CoefficientsFile(
            models: [models[1], models[1]],
            groups: ["a/b", "\"c\""],
            alpha: [[0.25, 0.75], [-1.5, 2.5]]
        )
        try file.write(to: path)
        let text = String(decoding: try bytes(of: path), as: UTF8.self)
        #expect(
            text == """
                {
                  "models": [
                    {"path":"pool/1.safetensors","sha256":"\(hash("f"))"},
                    {"path":"pool/1.safetensors","sha256":"\(hash("f"))"}
                  ],
                  "groups": [
                    "a/b",
                    "\\"c\\""
                  ],
                  "alpha": [
                    [0.25,0.75],
                    [-1.5,2.5]
                  ],
                  "temperature": 1.0
                }

                """
        )
    }

    @Test func numbersThatAreNoneAreNotWritten() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/coefficients.json"
        let file = CoefficientsFile(models: models, groups: ["g"], alpha: [[.nan, 1]])
        #expect(throws: RunError.self) { try file.write(to: path) }
        #expect(try folder.names.isEmpty)
    }

    @Test func sumsOffOneAreWorthAWarning() {
        func warning(_ alpha: [[Double]]) -> String? {
            CoefficientsFile(models: models, groups: ["a", "b"], alpha: alpha).warning
        }
        #expect(warning([[0.5, 0.5], [-3, 4.0000009]]) == nil)
        let expected = "Σ α is not 1 in 1 of 2 groups; furthest off is \"b\" with 1.5"
        #expect(warning([[0.5, 0.5], [0.5, 1]]) == expected)
    }

    @Test(arguments: [
        (#"{}"#, "\"models\", found none"),
        (#"[]"#, "a JSON object"),
        (#""#, "expected JSON"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[[1]]"#, "expected JSON"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[[NaN]]}"#, "expected"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[[1e999]]}"#, "finite numbers"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[["1"]]}"#, "\"alpha[0][0]\" to be a number"),
        (
            #"{"models":[MODEL],"groups":["g"],"alpha":[[null]]}"#,
            "\"alpha[0][0]\" to be a number, found null"
        ),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[1]}"#, "\"alpha[0]\" to be a list"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[[1,2]]}"#, "alpha[0] with 1 numbers"),
        (#"{"models":[MODEL],"groups":["g"],"alpha":[]}"#, "alpha with 1 rows"),
        (#"{"models":[MODEL],"groups":["g","g"],"alpha":[[1],[1]]}"#, "each group once, found \"g\" twice"),
        (#"{"models":[MODEL],"groups":[],"alpha":[]}"#, "at least one group"),
        (#"{"models":[],"groups":["g"],"alpha":[[]]}"#, "at least one model"),
        (#"{"models":[{"path":"a","sha256":"0"}],"groups":["g"],"alpha":[[1]]}"#, "64 hexadecimal digits"),
        (#"{"models":[{"path":"a"}],"groups":["g"],"alpha":[[1]]}"#, "\"models[0].sha256\", found none"),
        (
            #"{"models":[MODEL],"groups":["g"],"alpha":[[1]],"temperature":"hot"}"#,
            "\"temperature\" to be a number"
        ),
    ])
    func whatIsWrongIsNamed(text: String, words: String) throws {
        let folder = try TemporaryFolder()
        let model = #"{"path":"a.safetensors","sha256":"\#(hash("1"))"}"#
        let text = text.replacingOccurrences(of: "MODEL", with: model)
        let path = try folder.write([UInt8](text.utf8), "coefficients.json")
        let error = #expect(throws: CheckpointError.self) { try CoefficientsFile(path) }
        let line = error?.description ?? ""
        #expect(line.hasPrefix(path) && line.contains(words) && !line.contains("\n"), "\(line)")
    }

    @Test func noBytesMakeItTrap() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/coefficients.json"
        let file = CoefficientsFile(models: models, groups: ["a", "b"], alpha: [[0.5, 0.5], [-1, 2]])
        try file.write(to: path)
        let whole = try bytes(of: path)
        for length in 0..<whole.count - 2 {
            let cut = try folder.write(Array(whole[..<length]), "cut.json")
            #expect(throws: CheckpointError.self) { try CoefficientsFile(cut) }
        }
        for index in whole.indices {
            var changed = whole
            changed[index] = UInt8.random(in: 0...255)
            _ = try? CoefficientsFile(try folder.write(changed, "changed.json"))
        }
        for opening in ["[", "{\"a\":", "{\"alpha\":[", "{\"models\":[{\"path\":"] {
            let nested = String(repeating: opening, count: 100_000)
            let deep = try folder.write([UInt8](nested.utf8), "deep.json")
            #expect(throws: CheckpointError.self) { try CoefficientsFile(deep) }
        }
    }
}

private func hash(_ digit: String) -> String { String(repeating: digit, count: 64) }
