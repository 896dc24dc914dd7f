import Soups
import Tensors

/// How one number per chunk comes to one per column: a coefficient group, or a parameter.
///
/// The chunks of a column are the leaves of a fixed summation tree. A rank adds up the nodes whose leaves are all its own,
/// and sends no more than those, at most 2·⌈log₂ n⌉ for a column of n chunks and one where it holds them all; the tree
/// above them is added up where all ranks' nodes are known. The tree depends on the column alone, and so do the bits,
/// however the chunks are shared out.
package struct ChunkTrees {
    private struct Node {
        let column: Int
        /// Among the column's chunks.
        let leaves: Range<Int>
    }

    /// By column, its chunks in the flat vector, ascending.
    private let chunks: [[Int]]
    /// By rank, its nodes, column by column and ascending.
    private let nodes: [[Node]]
    /// By rank, its first chunk.
    private let starts: [Int]

    /// * `column`: the column of every parameter
    package init(_ layout: ParameterLayout, slices: [ParameterLayout.Slice], columns: Int, column: [Int]) {
        var chunks = [[Int]](repeating: [], count: columns)
        for (index, chunk) in layout.chunks.enumerated() { chunks[column[chunk.parameter]].append(index) }
        self.chunks = chunks
        starts = slices.map(\.chunks.lowerBound)
        nodes = slices.map { slice in
            chunks.enumerated().flatMap { column, own in
                let first = own.partitioningIndex { $0 >= slice.chunks.lowerBound }
                let end = own.partitioningIndex { $0 >= slice.chunks.upperBound }
                return Self.cover(first..<end, of: own.count).map { Node(column: column, leaves: $0) }
            }
        }
    }

    /// Nodes of a rank: it sends one number each, and for each of `width` quantities.
    package func count(_ rank: Int) -> Int { nodes[rank].count }

    /// A rank's nodes from its chunks.
    ///
    /// * `values`: chunks of the rank's slice × width
    /// * returns nodes × width
    package func sums(_ values: [Double], width: Int, rank: Int) -> [Double] {
        func sum(_ column: [Int], _ node: Range<Int>, _ quantity: Int) -> Double {
            guard let (left, right) = SummationTree.halves(of: node) else {
                return values[(column[node.lowerBound] - starts[rank]) * width + quantity]
            }
            return sum(column, left, quantity) + sum(column, right, quantity)
        }
        return nodes[rank].flatMap { node in
            (0..<width).map { sum(chunks[node.column], node.leaves, $0) }
        }
    }

    /// Width × columns, from the nodes of all ranks, each nodes × width.
    package func total(_ sums: [[Double]], width: Int) -> CoefficientMatrix {
        var total = CoefficientMatrix(rows: width, columns: chunks.count)
        var next = [Int](repeating: 0, count: sums.count)
        for (column, own) in chunks.enumerated() where !own.isEmpty {
            // The ranks' nodes in the order of their leaves.
            var found: [(leaves: Range<Int>, rank: Int, index: Int)] = []
            for rank in sums.indices {
                while next[rank] < nodes[rank].count, nodes[rank][next[rank]].column == column {
                    found.append((nodes[rank][next[rank]].leaves, rank, next[rank]))
                    next[rank] += 1
                }
            }
            for quantity in 0..<width {
                var reached = 0
                func sum(_ node: Range<Int>) -> Double {
                    let part = found[reached]
                    if part.leaves == node {
                        reached += 1
                        return sums[part.rank][part.index * width + quantity]
                    }
                    guard let (left, right) = SummationTree.halves(of: node) else {
                        preconditionFailure("a chunk that no rank has")
                    }
                    let first = sum(left)
                    return first + sum(right)
                }
                total[quantity, column] = sum(0..<own.count)
            }
        }
        return total
    }

    /// What one rank's nodes come to by themselves, width × columns.
    package func part(_ sums: [Double], width: Int, rank: Int) -> CoefficientMatrix {
        var part = CoefficientMatrix(rows: width, columns: chunks.count)
        for (index, node) in nodes[rank].enumerated() {
            for quantity in 0..<width { part[quantity, node.column] += sums[index * width + quantity] }
        }
        return part
    }

    /// The widest nodes of a tree of `count` leaves that make up `leaves`.
    private static func cover(_ leaves: Range<Int>, of count: Int) -> [Range<Int>] {
        func cover(_ node: Range<Int>) -> [Range<Int>] {
            let common = node.clamped(to: leaves)
            if common.isEmpty { return [] }
            if common == node { return [node] }
            guard let (left, right) = SummationTree.halves(of: node) else { return [] }
            return cover(left) + cover(right)
        }
        return leaves.isEmpty ? [] : cover(0..<count)
    }
}

extension [Int] {
    /// The first place of an ascending list at which `belongs` holds.
    fileprivate func partitioningIndex(where belongs: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
