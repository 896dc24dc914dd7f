import Graphs
import Kernels

/// A tensor of the program: elements of a value of the graph, which need not lie in the order of the tensor's dimensions.
///
/// Orders, parts and most changes of shape are only noted here, as PyTorch does; who needs elements in an order of its own
/// asks the importer for them. So images are stored pixel by pixel from the first convolution on, whatever the program says.
struct Arranged {
    let base: ValueID
    /// Where each of the tensor's elements lies in the value.
    let view: Rearrangement

    init(base: ValueID, view: Rearrangement) {
        self.base = base
        self.view = view
    }

    var shape: [Int] { view.shape }
    var rank: Int { view.shape.count }
    var count: Int { view.shape.elementCount }
}

extension GraphImporter {
    /// A copy of some elements of a value, in some order.
    struct Copy: Hashable {
        let base: ValueID
        let view: Rearrangement
    }

    /// A value as it is.
    ///
    /// Mutating, as is the one below, so that the builder is looked at after an argument has added the value to it.
    mutating func arranged(_ value: ValueID) -> Arranged {
        Arranged(base: value, view: Rearrangement(builder[value].shape))
    }

    /// A value whose dimensions are a tensor's in this order.
    mutating func arranged(_ value: ValueID, in order: [Int]) -> Arranged {
        var places = order
        for (place, dimension) in order.enumerated() { places[dimension] = place }
        return Arranged(base: value, view: Rearrangement(builder[value].shape).permuted(places))
    }

    /// The tensor's elements as a value whose dimensions are the tensor's in this order: a copy where they lie otherwise.
    mutating func stored(_ tensor: Arranged, in order: [Int], for node: ExportedProgram.Node) throws
        -> ValueID
    {
        let shape = order.map { tensor.shape[$0] }
        guard !tensor.view.isStored(in: order) else { return try viewed(tensor.base, as: shape) }
        let copy = Copy(base: tensor.base, view: tensor.view.permuted(order))
        if let known = copies[copy] { return try viewed(known, as: shape) }
        let made = builder.rearranged(tensor.base, copy.view, name: "\(node.place).order")
        copies[copy] = made
        return made
    }

    /// The tensor's elements in the order of its dimensions.
    mutating func natural(_ tensor: Arranged, for node: ExportedProgram.Node) throws -> ValueID {
        try stored(tensor, in: Array(tensor.shape.indices), for: node)
    }

    /// The tensor's elements in the order that they lie in.
    mutating func stored(_ tensor: Arranged, for node: ExportedProgram.Node) throws
        -> (value: ValueID, order: [Int])
    {
        let order = tensor.view.storedOrder
        return (try stored(tensor, in: order, for: node), order)
    }

    /// The tensor's elements with these dimensions last, the others in the order that they lie in.
    mutating func stored(_ tensor: Arranged, last: [Int], for node: ExportedProgram.Node) throws
        -> (value: ValueID, order: [Int])
    {
        let order = tensor.view.storedOrder.filter { !last.contains($0) } + last
        return (try stored(tensor, in: order, for: node), order)
    }

    mutating func viewed(_ value: ValueID, as shape: [Int]) throws -> ValueID {
        builder[value].shape == shape ? value : try builder.view(value, as: shape)
    }

    /// The same elements in another shape.
    mutating func reshaped(_ tensor: Arranged, as shape: [Int], for node: ExportedProgram.Node) throws
        -> Arranged
    {
        if shape.elementCount == tensor.count, let view = tensor.view.reshaped(shape) {
            return Arranged(base: tensor.base, view: view)
        }
        return arranged(try builder.view(natural(tensor, for: node), as: shape))
    }

    /// One tensor for every sample.
    mutating func spread(_ tensor: Arranged, for node: ExportedProgram.Node) throws -> Arranged {
        guard !builder[tensor.base].hasSamples else { return tensor }
        let (value, order) = try stored(tensor, for: node)
        return arranged(builder.spread(value, name: "\(node.place).spread"), in: order)
    }

    /// Values of which no two share elements: an operator cannot add to one gradient twice.
    mutating func distinct(_ values: [ValueID], for node: ExportedProgram.Node) -> [ValueID] {
        var seen: [ValueID] = []
        return values.map { value in
            guard seen.contains(where: { builder.shareElements($0, value) }) else {
                seen.append(value)
                return value
            }
            let copy = builder.scaled(value, by: 1, name: "\(node.place).copy")
            seen.append(copy)
            return copy
        }
    }
}
