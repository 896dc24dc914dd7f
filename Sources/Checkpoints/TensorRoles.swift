import Tensors

/// What becomes of each tensor of the ingredients in a soup: what `ModelFiles` writes, in words.
package struct TensorRoles: Sendable, Equatable {
    /// A tensor that shares its numbers with a parameter, and gets the soup's.
    package struct Tied: Sendable, Equatable {
        package let name: String
        package let parameter: String
    }

    /// Parameters that are mixed, in the layout's order.
    package let mixed: [Parameter]
    /// Parameters that patterns keep as the first ingredient has them.
    package let kept: [Parameter]
    package let tied: [Tied]
    /// Tensors outside the layout, copied from the first ingredient as they are, by name.
    package let carried: [StoredTensor]

    /// - Throws: `CheckpointError` where `first` lacks a parameter, or has it in another shape or of a type that cannot be
    ///   mixed.
    package init(
        of first: Checkpoint,
        layout: ParameterLayout,
        patterns: GroupPatterns = GroupPatterns()
    ) throws(CheckpointError) {
        let files = try ModelFiles(like: first, layout: layout)
        mixed = layout.parameters.filter { patterns.isMixed($0.name) }
        kept = layout.parameters.filter { !patterns.isMixed($0.name) }
        tied = files.files.flatMap(\.entries).compactMap { entry in
            guard case .mixed(let index) = entry.source else { return nil }
            let parameter = layout.parameters[index].name
            return parameter == entry.name ? nil : Tied(name: entry.name, parameter: parameter)
        }
        carried = files.carried.sorted { $0.name < $1.name }
    }

    /// How many there are of each kind.
    package var counts: [String: Int] {
        ["mixed": mixed.count, "kept": kept.count, "tied": tied.count, "carried": carried.count]
    }
}
