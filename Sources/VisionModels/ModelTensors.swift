import Diagnostics

/// The tensors of a checkpoint, by name.
struct ModelTensors: Sendable {
    let file: String
    let shapes: [String: [Int]]

    func has(_ name: String) -> Bool { shapes[name] != nil }

    func shape(_ name: String, rank: Int, of family: String) throws(ModelError) -> [Int] {
        guard let shape = shapes[name] else { throw wrong(name, "this tensor of a \(family)", nil) }
        guard shape.count == rank else { throw wrong(name, "\(rank) dimensions", shape) }
        return shape
    }

    func wrong(_ name: String, _ expected: String, _ shape: [Int]?) -> ModelError {
        ModelError(
            file: file,
            subject: "tensor \(name.onOneLine.abridged)",
            expected: expected,
            found: shape.map { "shape \($0)" } ?? "none"
        )
    }

    /// What stands before `name` in the tensors' names, as "model." in "model.patch_embed.proj.weight".
    ///
    /// * returns nil where no tensor ends in it
    /// - Throws: where several do: several models in one file.
    func prefix(before name: String) throws(ModelError) -> String? {
        let found = shapes.keys.filter { $0 == name || $0.hasSuffix(".\(name)") }.sorted()
        guard found.count < 2 else {
            throw ModelError(
                file: file,
                subject: "tensors \(found[0].onOneLine.abridged) and \(found[1].onOneLine.abridged)",
                expected: "one model in the file",
                found: "\(found.count)"
            )
        }
        return found.first.map { String($0.dropLast(name.count)) }
    }

    /// Throws where a tensor that the model wants is not there or has another shape, or one is neither wanted nor known.
    ///
    /// * `rules`: what may be there beside the model
    /// * returns those, and why they are not part of it
    func check(
        _ wanted: [(name: String, shape: [Int])],
        beside rules: [CarriedRule],
        family: String
    ) throws(ModelError) -> [(name: String, reason: String)] {
        for (name, shape) in wanted where shapes[name] != shape {
            throw wrong(name, "shape \(shape)", shapes[name])
        }
        let known = Set(wanted.map(\.name))
        let outside = Outside(of: wanted.map(\.name))
        var carried: [(name: String, reason: String)] = []
        for name in shapes.keys.filter({ !known.contains($0) }).sorted() {
            guard let rule = rules.first(where: { $0.covers(name) }) else {
                if let reason = try outside.reason(name, shapes[name] ?? [], file) {
                    carried.append((name: name, reason: reason))
                    continue
                }
                throw wrong(
                    name,
                    "only tensors that a \(family) as described is known to have",
                    shapes[name] ?? []
                )
            }
            carried.append((name: name, reason: rule.reason))
        }
        return carried
    }
}

/// Tensors that may stand in a checkpoint beside those that the model computes with.
struct CarriedRule: Sendable {
    enum Pattern: Sendable {
        case name(String)
        case prefix(String)
        case suffix(String)
    }

    let pattern: Pattern
    let reason: String

    func covers(_ name: String) -> Bool {
        switch pattern {
        case .name(let whole): name == whole
        case .prefix(let start): name.hasPrefix(start)
        case .suffix(let end): name == end || name.hasSuffix(".\(end)")
        }
    }
}
