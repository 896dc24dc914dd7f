import Foundation
import Testing

/// Coefficients that cannot be read, or are those of other ingredients.
@Suite struct WrongCoefficientTests {
    @Test(arguments: wrong) func coefficients(wrong: WrongInput) throws { try wrong.expectRefusal() }
}

/// Writes sound coefficients of the scratch pool's three ingredients, per model, with a text replaced.
private func coefficients(_ scratch: Scratch, _ old: String = "", _ new: String = "") throws -> String {
    let models = try (0..<3).map { index in
        let path = "\(scratch.pool)/model_0\(index).safetensors"
        return "{\"path\":\"\(path)\",\"sha256\":\"\(try sha256(path))\"}"
    }
    let text =
        "{\"models\":[\(models.joined(separator: ","))],\"groups\":[\"model\"],"
        + "\"alpha\":[[0.5,0.25,0.25]],\"temperature\":1.0}"
    if !old.isEmpty { #expect(text.contains(old)) }
    return try scratch.write(text.replacingOccurrences(of: old, with: new), "coefficients.json")
}

/// By coreutils, not by our own code.
func sha256(_ path: String) throws -> String {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = [path]
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output.prefix(64), as: UTF8.self)
}

private let wrong = [
    WrongInput("no such file", ["none.json", "No such file"]) { $0.mix("\($0.path)/none.json") },
    WrongInput("no JSON", ["coefficients.json"]) { scratch in
        scratch.mix(try scratch.write("{\"models\":", "coefficients.json"))
    },
    WrongInput("no alpha", ["coefficients.json", "alpha"]) { $0.mix(try coefficients($0, "alpha", "beta")) },
    WrongInput("a text for a number", ["coefficients.json", "alpha[0][1]"]) {
        $0.mix(try coefficients($0, "0.5,0.25", "0.5,\"x\""))
    },
    WrongInput("too few numbers", ["alpha[0] with 3 numbers", "found 2"]) {
        $0.mix(try coefficients($0, "[0.5,0.25,0.25]", "[0.5,0.5]"))
    },
    WrongInput("a number beyond all bounds", ["coefficients.json"]) {
        $0.mix(try coefficients($0, "0.5,", "1e999,"))
    },
    WrongInput(
        "other groups",
        ["coefficients.json: groups", "model_00.safetensors", "groups of the tensors"]
    ) {
        $0.mix(try coefficients($0, "\"model\"]", "\"body\"]"))
    },
    WrongInput("fewer ingredients", ["--models", "3 ingredients", "found 2"]) { scratch in
        let file = try coefficients(scratch)
        try FileManager.default.removeItem(atPath: "\(scratch.pool)/model_02.safetensors")
        return scratch.mix(file)
    },
    WrongInput("another ingredient", ["model_01.safetensors", "the contents of", "SHA-256"]) { scratch in
        let file = try coefficients(scratch)
        try scratch.changeTensors("model_01.safetensors") { $0["head.bias"]?.bytes[0] ^= 1 }
        return scratch.mix(file)
    },
    WrongInput("a foreign config.json beside the soup", ["config.json", "another"]) { scratch in
        let text = try String(contentsOfFile: "\(scratch.pool)/config.json", encoding: .utf8)
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/other",
            withIntermediateDirectories: false
        )
        _ = try scratch.write(text + "\n", "other/config.json")
        return scratch.mix(try coefficients(scratch), to: "other/soup.safetensors")
    },
    WrongInput("NaN in an ingredient", ["model_02.safetensors", "head.bias", "finite"]) { scratch in
        try poisonHead(scratch, "model_02.safetensors")
        return scratch.mix(try coefficients(scratch))
    },
    WrongInput("no folder to write into", ["none/soup.safetensors", "No such file"]) {
        $0.mix(try coefficients($0), to: "none/soup.safetensors")
    },
    WrongInput("a folder for a file", ["pool: expected a file to write"]) {
        $0.mix(try coefficients($0), to: "pool")
    },
    WrongInput("in the place of an ingredient", ["model_01.safetensors", "another file"]) {
        $0.mix(try coefficients($0), to: "pool/model_01.safetensors")
    },
    WrongInput("below a file", ["config.json/soup", "Not a directory"]) {
        $0.mix(try coefficients($0), to: "pool/config.json/soup")
    },
]
