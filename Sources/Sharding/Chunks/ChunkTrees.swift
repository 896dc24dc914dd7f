import Soups
import Tensors

/// How one number per chunk comes to one per column: a coefficient group, or a parameter.
///
/// The chunks of a column are the leaves of a fixed summation tree. A rank adds up the nodes whose leaves are all its own,
/// and sends no more than those: one where it holds a whole column, and for every bucket at most 2·⌈log₂ n⌉ where it holds
/// n of its chunks; the tree above them is added up where all ranks' nodes are known. The tree depends on the column alone, and so do the bits,
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
    /// By chunk, its place among those of its rank.
    private let places: [Int]

    /// * `column`: the column of every parameter
    package init(_ layout: ParameterLayout, _ shares: ParameterShares, columns: Int, column: [Int]) {
        var chunks = [[Int]](repeating: [], count: columns)
        for (index, chunk) in layout.chunks.enumerated() { chunks[column[chunk.parameter]].append(index) }
        self.chunks = chunks
        let slices = (0..<shares.ranks).map { shares.slice(of: $0) }
        var places = [Int](repeating: 0, count: layout.chunks.count)
        for slice in slices {
            for (place, chunk) in slice.lazy.map(\.chunks).joined().enumerated() { places[chunk] = place }
        }
        self.places = places
        nodes = slices.map { slice in
            chunks.enumerated().flatMap { column, own in
                let runs = slice.map { run in
                    own.partitioningIndex {
                        $0 >= run.chunks.lowerBound
                    }..<own.partitioningIndex { $0 >= run.chunks.upperBound }
                }
                return Self.cover(runs, of: own.count).map { Node(column: column, leaves: $0) }
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
                return values[places[column[node.lowerBound]] * width + quantity]
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
            // All ranks' nodes, in the order of their leaves.
            var found: [(leaves: Range<Int>, rank: Int, index: Int)] = []
            for rank in sums.indices {
                while next[rank] < nodes[rank].count, nodes[rank][next[rank]].column == column {
                    found.append((nodes[rank][next[rank]].leaves, rank, next[rank]))
                    next[rank] += 1
                }
            }
            found.sort { $0.leaves.lowerBound < $1.leaves.lowerBound }
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

    /// The widest nodes of a tree of `count` leaves that make up `runs`, which ascend.
    private static func cover(_ runs: [Range<Int>], of count: Int) -> [Range<Int>] {
        func cover(_ node: Range<Int>, _ runs: ArraySlice<Range<Int>>) -> [Range<Int>] {
            let common = runs.map { node.clamped(to: $0) }.filter { !$0.isEmpty }
            if common.isEmpty { return [] }
            if common.reduce(0, { $0 + $1.count }) == node.count { return [node] }
            guard let (left, right) = SummationTree.halves(of: node) else { return [] }
            return cover(left, common[...]) + cover(right, common[...])
        }
        return count == 0 ? [] : cover(0..<count, runs[...])
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
