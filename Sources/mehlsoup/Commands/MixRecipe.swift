import Checkpoints
import Files
import Soups
import Tensors

/// What to mix: α of a coefficients file, or the same for all.
struct MixRecipe {
    let path: String
    let file: CoefficientsFile?
    /// Nil for the whole model as one.
    let groups: ParameterGroups?

    /// The same for all.
    init() {
        path = ""
        file = nil
        groups = nil
    }

    init(_ path: String, _ pool: IngredientPool, _ layout: ParameterLayout) throws {
        let file = try CoefficientsFile(path)
        guard pool.count == file.models.count else {
            throw OptionError(
                option: "--models",
                expected: "\(file.models.count) ingredients as in \(path)",
                found: "\(pool.count)"
            )
        }
        self.path = path
        self.file = file
        groups = try Self.groups(of: file, path, pool, layout)
    }

    /// What all ranks must have alike.
    var facts: [String] {
        guard let file else { return ["the uniform soup"] }
        return ["coefficients \(sha256(of: "\(file.alpha)"))"]
    }

    /// The groups that the file names.
    private static func groups(
        of file: CoefficientsFile,
        _ path: String,
        _ pool: IngredientPool,
        _ layout: ParameterLayout
    ) throws -> ParameterGroups {
        if let tensors = file.tensors {
            if let groups = ParameterGroups(layout, names: file.groups, members: tensors) {
                return groups
            }
        } else {
            let known = Granularity.allCases.map { ParameterGroups(layout, granularity: $0) }
            if let groups = known.first(where: { $0.names == file.groups }) { return groups }
        }
        throw OptionError(
            option: "\(path): groups",
            expected: "groups of the tensors of \(pool.ingredients[0].path)",
            found: "\(file.groups.count) others"
        )
    }

    /// α for the pool as it was given, pool × groups; ingredients are told by their contents, in whatever order.
    func alpha(for digests: [String], _ pool: IngredientPool) throws -> CoefficientMatrix {
        let count = pool.count
        guard let file else {
            return CoefficientMatrix(rows: count, columns: 1, repeating: 1 / Double(count))
        }
        var alpha = CoefficientMatrix(rows: count, columns: file.groups.count)
        var left = Array(file.models.indices)
        for (ingredient, digest) in digests.enumerated() {
            guard let place = left.firstIndex(where: { file.models[$0].sha256 == digest }) else {
                throw OptionError(
                    option: pool.ingredients[ingredient].path,
                    expected: "the contents of an ingredient that \(path) was learned on",
                    found: "others (SHA-256 \(digest.prefix(12))…)"
                )
            }
            let model = left.remove(at: place)
            for (group, row) in file.alpha.enumerated() { alpha[ingredient, group] = row[model] }
        }
        return alpha
    }
}
