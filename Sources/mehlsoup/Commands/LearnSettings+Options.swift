import Runs
import Tensors

extension LearnSettings {
    /// Throws where a pattern fits no tensor that is computed with, or nothing is left to mix.
    func check(patternsFor layout: ParameterLayout, in checkpoint: String) throws {
        for (name, patterns) in patterns.options {
            for pattern in patterns
            where !layout.parameters.contains(where: { pattern.matches($0.name) }) {
                throw OptionError(
                    option: "--\(name)",
                    expected:
                        "a pattern of tensors that the model computes with (`mehlsoup inspect \(checkpoint)`)",
                    found: "\"\(pattern)\", which fits none"
                )
            }
        }
        guard layout.parameters.contains(where: { patterns.isMixed($0.name) }) else {
            throw OptionError(option: "--exclude", expected: "something left to mix", found: "nothing left")
        }
    }
}

extension GroupPatterns {
    /// The options that were given, and their patterns.
    var options: [(name: String, patterns: [NamePattern])] {
        [("include", include), ("exclude", exclude), ("group", groups)].filter { !$0.1.isEmpty }
    }
}
