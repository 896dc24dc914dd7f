import Diagnostics
import Files
import Foundation
import Tensors

/// The fine-tuned models to be mixed, checked against each other.
package struct IngredientPool: Sendable {
    /// At least one.
    package let ingredients: [Checkpoint]

    /// What tells each ingredient from the others, for people; the same on every rank.
    package let names: [String]
    /// Which weights of training checkpoints were asked for.
    package let weights: WeightsKind?
    /// What of the files and folders under the patterns was passed over.
    private let passedOver: [Doubt]

    /// What looks wrong about what was found under the patterns, and what of it was passed over.
    package var doubts: [Doubt] { averageDoubts + passedOver }

    package var count: Int { ingredients.count }

    /// Opens what files, folders and globs stand for, each in natural order, and compares the headers.
    ///
    /// A folder stands for the sharded checkpoint in it, or for every file of weights in it, or for every folder in it
    /// that holds one checkpoint; what is passed over is among the doubts. `base.safetensors` is left out where an `ingredients.json`
    /// lies beside it: `mehlsoup ingredients` keeps the pretrained model there. A glob takes exactly what it matches. No weights are read.
    ///
    /// - Throws: `FileError` where nothing is found, `CheckpointError` where a file is broken, named twice, or differs from the
    ///   first in a tensor's name, shape or type.
    package init(patterns: [String], weights: WeightsKind? = nil) throws {
        let listing = PoolListing(patterns)
        let paths = try Self.paths(listing)
        try Self.checkDistinct(paths)
        let doubts = PoolListing.doubts([listing])
        try self.init(
            paths.map { try Checkpoint($0, weights: weights) },
            weights: weights,
            passedOver: doubts
        )
    }

    /// The checkpoints that one pattern stands for, in natural order, and what is passed over.
    package static func contents(of pattern: String) throws -> (paths: [String], passedOver: [Doubt]) {
        let listing = PoolListing([pattern])
        return (try paths(listing), PoolListing.doubts([listing]))
    }

    private static func paths(_ listing: PoolListing) throws -> [String] {
        try PoolListing.merged([listing]).compactMap { $0.paths[0] }
    }

    /// Compares checkpoints that are open already.
    ///
    /// * `paths`: where the ranks find them, the same on every rank; nil for the checkpoints' own
    ///
    /// - Throws: `CheckpointError` where one differs from the first in a tensor's name, shape or type, or is no whole model's.
    package init(
        _ ingredients: [Checkpoint],
        paths: [String]? = nil,
        weights: WeightsKind? = nil,
        passedOver: [Doubt] = []
    ) throws {
        precondition(!ingredients.isEmpty)
        self.ingredients = ingredients
        self.weights = weights
        self.passedOver = passedOver
        names = IngredientNames.of(paths ?? ingredients.map(\.path))
        for file in ingredients { try file.checkIsWhole() }
        for other in ingredients.dropFirst() { try Self.check(other, against: ingredients[0]) }
    }

    /// - Throws: `CheckpointError` where two paths lead to one file.
    package static func checkDistinct(_ paths: [String]) throws {
        var places: [String: String] = [:]
        for path in paths {
            let place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            if let other = places.updateValue(path, forKey: place) {
                throw CheckpointError(
                    path,
                    expected: "each ingredient once",
                    found: "the same file as \(other)"
                )
            }
        }
    }

    /// Reads elements `range` of the flat parameter vector of ingredient `index`, as float32.
    ///
    /// Touches only those elements' bytes of the file.
    ///
    /// - Throws: `CheckpointError` where the file lacks a parameter of `layout`, has it in another shape, or holds a NaN or
    ///   infinity there.
    package func read(
        _ index: Int,
        _ range: Range<Int>,
        of layout: ParameterLayout,
        into target: UnsafeMutablePointer<Float>
    ) throws {
        try forEachTensor(index, range, of: layout) { tensor, elements, offset in
            try ingredients[index].read(tensor, elements, into: target + offset)
        }
    }

    /// Has the system begin to read what `read` of the same elements is going to need, without waiting for it.
    package func fetchAhead(_ index: Int, _ range: Range<Int>, of layout: ParameterLayout) {
        // Nothing is thrown where nothing is read.
        try? forEachTensor(index, range, of: layout) { tensor, elements, _ in
            ingredients[index].fetchAhead(tensor, elements)
        }
    }

    private static func check(_ file: Checkpoint, against first: Checkpoint) throws {
        for (name, expected) in first.tensors {
            func failure(_ expected: String, _ found: String) -> CheckpointError {
                CheckpointError(
                    file.path,
                    tensor: name.abridged,
                    expected: "\(expected) as in \(first.path)",
                    found: found
                )
            }
            guard let found = file.tensors[name] else {
                throw failure("\(expected.shape.shapeText) of \(expected.type.rawValue)", "no such tensor")
            }
            guard found.shape == expected.shape else {
                throw failure("shape \(expected.shape.shapeText)", found.shape.shapeText)
            }
            guard found.type == expected.type else {
                throw failure("type \(expected.type.rawValue)", found.type.rawValue)
            }
        }
        if let extra = file.tensors.keys.first(where: { first.tensors[$0] == nil }) {
            throw CheckpointError(
                file.path,
                tensor: extra.abridged,
                expected: "no such tensor, as in \(first.path)",
                found: "one"
            )
        }
    }
}

extension Checkpoint {
    /// The tensor that holds a parameter's numbers.
    ///
    /// - Throws: `CheckpointError` where there is none or its shape differs.
    package func tensor(of parameter: Parameter) throws(CheckpointError) -> StoredTensor {
        guard let tensor = tensors[parameter.name], tensor.shape == parameter.shape else {
            throw CheckpointError(
                path,
                tensor: parameter.name.abridged,
                expected: "shape \(parameter.shape.shapeText)",
                found: tensors[parameter.name]?.shape.shapeText ?? "no such tensor"
            )
        }
        return tensor
    }
    /// The element type of a parameter's numbers.
    ///
    /// - Throws: `CheckpointError` as above, and where it is none of those that can be mixed.
    package func elementType(of parameter: Parameter) throws(CheckpointError) -> ElementType {
        try element(of: tensor(of: parameter))
    }
}
