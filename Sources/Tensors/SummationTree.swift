/// The fixed binary tree in which the lanes of a batch are summed, whatever ranks and threads there are.
///
/// A node is a range of lanes; it splits at its middle. Ranks own whole nodes, so a rank sums its own lanes first and
/// sends ONE partial sum, and the bits of the total do not depend on who owned what.
package struct SummationTree: Sendable, Equatable {
    package let leaves: Int

    package init(leaves: Int) {
        precondition(leaves > 0)
        self.leaves = leaves
    }

    package var root: Range<Int> { 0..<leaves }

    /// The two halves of a node; nil for a leaf.
    package static func halves(of node: Range<Int>) -> (Range<Int>, Range<Int>)? {
        guard node.count > 1 else { return nil }
        let middle = node.lowerBound + (node.count + 1) / 2
        return (node.lowerBound..<middle, middle..<node.upperBound)
    }

    /// The node that `node` is a half of, inside `root`, and its other half; nil where `node` is `root`.
    package static func parent(of node: Range<Int>, within root: Range<Int>) -> (
        parent: Range<Int>, sibling: Range<Int>
    )? {
        var parent = root
        while let (left, right) = halves(of: parent) {
            if left == node { return (parent, right) }
            if right == node { return (parent, left) }
            parent = left.contains(node.lowerBound) ? left : right
        }
        return nil
    }

    /// The node of each rank: the widest node is halved until there are enough; ranks beyond the lanes own none.
    ///
    /// One node a rank, for one partial sum each, is the price of sending no more than that: 8 leaves on 3, 5, 6 or 7 ranks
    /// leave one rank with 4, 2, 2 or 2 of them, and a step takes 1.5, 1.25, 1.5 or 1.75 times as long as evenly shared.
    package func shares(ranks: Int) -> [Range<Int>] {
        var nodes = [root]
        while nodes.count < ranks {
            guard
                let widest = nodes.indices.max(by: {
                    nodes[$0].count < nodes[$1].count || (nodes[$0].count == nodes[$1].count && $0 > $1)
                }),
                let (left, right) = Self.halves(of: nodes[widest])
            else { break }
            nodes.replaceSubrange(widest...widest, with: [left, right])
        }
        return nodes + Array(repeating: leaves..<leaves, count: max(0, ranks - nodes.count))
    }

    /// Folds the tree from the nodes for which `value` gives something; a node whose halves give nothing gives nothing.
    package func fold<T>(_ value: (Range<Int>) -> T?, _ isOwned: (Range<Int>) -> Bool, combine: (T, T) -> T)
        -> T?
    {
        func fold(_ node: Range<Int>) -> T? {
            if isOwned(node) { return value(node) }
            guard let (left, right) = Self.halves(of: node) else { return nil }
            let (a, b) = (fold(left), fold(right))
            guard let a else { return b }
            guard let b else { return a }
            return combine(a, b)
        }
        return fold(root)
    }
}
