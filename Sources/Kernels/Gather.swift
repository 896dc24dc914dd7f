import Threads

/// Rows chosen by number: of each of `outer` blocks of `source` rows the output has those that `places` names.
package struct Gather: Sendable, Equatable {
    /// Rows of a block of the input.
    package let source: Int
    /// By row of a block of the output, the input's row; −1 for zeros.
    let places: [Int64]
    /// By row of the input, where its part of `readers` starts; and behind them all, its end.
    let starts: [Int64]
    /// Rows of the output, by the input's row that they are.
    let readers: [Int64]

    /// * `places`: each below `source`; below zero for zeros
    package init(_ places: [Int], of source: Int) {
        precondition(places.allSatisfy { $0 < source }, "rows of the input")
        self.source = source
        self.places = places.map { Int64(max($0, -1)) }
        var counts = [Int64](repeating: 0, count: source + 1)
        for place in places where place >= 0 { counts[place + 1] += 1 }
        for index in 0..<source { counts[index + 1] += counts[index] }
        starts = counts
        var next = counts
        var readers = [Int64](repeating: 0, count: Int(counts[source]))
        for (row, place) in places.enumerated() where place >= 0 {
            readers[Int(next[place])] = Int64(row)
            next[place] += 1
        }
        self.readers = readers
    }

    /// Rows of a block of the output.
    package var count: Int { places.count }
}

/// * `input`: outer × source × width
/// * `output`: outer × count × width
@specialized(where R == Float)
package func gatherForward<R: Real>(
    on team: Team,
    _ gather: Gather,
    outer: Int,
    width: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    gather.places.withUnsafeBufferPointer { places in
        guard let places = places.baseAddress else { return }
        team.blocks(outer, rows: gather.count, width: width) { block, rows in
            R.kernels.gatherRows(
                rows.count,
                width,
                places + rows.lowerBound,
                input + block * gather.source * width,
                output + (block * gather.count + rows.lowerBound) * width
            )
        }
    }
}

/// The gradient of `gatherForward`: to every row of the input those of the rows that it became, in their order.
@specialized(where R == Float)
package func gatherBackward<R: Real>(
    on team: Team,
    _ gather: Gather,
    outer: Int,
    width: Int,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    gather.starts.withUnsafeBufferPointer { starts in
        gather.readers.withUnsafeBufferPointer { readers in
            guard let starts = starts.baseAddress else { return }
            // Of a gather of zeros alone nothing is read.
            let readers = readers.baseAddress ?? starts
            team.blocks(outer, rows: gather.source, width: width) { block, rows in
                R.kernels.gatherSums(
                    rows.count,
                    width,
                    starts + rows.lowerBound,
                    readers,
                    dOutput + block * gather.count * width,
                    dInput + (block * gather.source + rows.lowerBound) * width,
                    adding
                )
            }
        }
    }
}

extension Team {
    /// Tiles of rows of `blocks` blocks, none of two of them.
    fileprivate func blocks(_ blocks: Int, rows: Int, width: Int, _ body: (Int, Range<Int>) -> Void) {
        let height = min(max(rows, 1), Tiling.rows(of: blocks * rows, width: width))
        let parts = (rows + height - 1) / height
        run(blocks * parts) { index in
            let (block, part) = index.quotientAndRemainder(dividingBy: max(parts, 1))
            body(block, part * height..<min((part + 1) * height, rows))
        }
    }
}
