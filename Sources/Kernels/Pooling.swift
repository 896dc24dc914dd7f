import CKernels
import Threads

/// Windows over the rows and columns of an image, each of at least one pixel.
package struct PoolingWindows: Sendable, Equatable {
    package let height: Int
    package let width: Int
    package let rows: [Range<Int>]
    package let columns: [Range<Int>]
    /// What an average's sum is multiplied by: a window's row's factor times its column's.
    let rowFactors: [Double]
    let columnFactors: [Double]
    private let rowEnds: [Int]
    private let columnEnds: [Int]

    /// * `rowFactors`, `columnFactors`: nil for those that make averages of the pixels there are
    package init(
        height: Int,
        width: Int,
        rows: [Range<Int>],
        columns: [Range<Int>],
        rowFactors: [Double]? = nil,
        columnFactors: [Double]? = nil
    ) {
        self.height = height
        self.width = width
        self.rows = rows
        self.columns = columns
        self.rowFactors = rowFactors ?? rows.map { 1 / Double($0.count) }
        self.columnFactors = columnFactors ?? columns.map { 1 / Double($0.count) }
        rowEnds = rows.flatMap { [$0.lowerBound, $0.upperBound] }
        columnEnds = columns.flatMap { [$0.lowerBound, $0.upperBound] }
    }

    var outputPixels: Int { rows.count * columns.count }

    fileprivate func withShape(_ body: (ck_windows) -> Void) {
        rowEnds.withUnsafeBufferPointer { rowEnds in
            columnEnds.withUnsafeBufferPointer { columnEnds in
                guard let top = rowEnds.baseAddress, let left = columnEnds.baseAddress else { return }
                let shape = ck_windows(
                    width: width,
                    rows: rows.count,
                    columns: columns.count,
                    row_ends: top,
                    column_ends: left
                )
                body(shape)
            }
        }
    }
}

/// The greatest of every window, channel by channel.
///
/// * `input`: images × height × width × channels
/// * `output`: images × rows × columns × channels
@specialized(where R == Float)
package func maxPoolForward<R: Real>(
    on team: Team,
    _ windows: PoolingWindows,
    images: Int,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    windows.withShape { shape in
        team.channels(windows, images, channels) { source, target, count in
            R.kernels.maxPoolForward(shape, channels, count, input + source, output + target)
        }
    }
}

/// The gradient of `maxPoolForward`: to the first of a window's greatest.
@specialized(where R == Float)
package func maxPoolBackward<R: Real>(
    on team: Team,
    _ windows: PoolingWindows,
    images: Int,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafePointer<R>,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    if !adding { dInput.update(repeating: 0, count: images * windows.height * windows.width * channels) }
    windows.withShape { shape in
        team.channels(windows, images, channels) { source, target, count in
            R.kernels.maxPoolBackward(
                shape,
                channels,
                count,
                input + source,
                output + target,
                dOutput + target,
                dInput + source
            )
        }
    }
}

/// The sum of every window times its factors, channel by channel.
@specialized(where R == Float)
package func averagePoolForward<R: Real>(
    on team: Team,
    _ windows: PoolingWindows,
    images: Int,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    windows.withShape { shape in
        windows.withFactors { rows, columns in
            team.channels(windows, images, channels) { source, target, count in
                R.kernels.averagePoolForward(
                    shape,
                    channels,
                    count,
                    rows,
                    columns,
                    input + source,
                    output + target
                )
            }
        }
    }
}

/// The gradient of `averagePoolForward`.
@specialized(where R == Float)
package func averagePoolBackward<R: Real>(
    on team: Team,
    _ windows: PoolingWindows,
    images: Int,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    adding: Bool
) {
    if !adding { dInput.update(repeating: 0, count: images * windows.height * windows.width * channels) }
    windows.withShape { shape in
        windows.withFactors { rows, columns in
            team.channels(windows, images, channels) { source, target, count in
                R.kernels.averagePoolBackward(
                    shape,
                    channels,
                    count,
                    rows,
                    columns,
                    dOutput + target,
                    dInput + source
                )
            }
        }
    }
}

extension PoolingWindows {
    fileprivate func withFactors(_ body: (UnsafePointer<Double>, UnsafePointer<Double>) -> Void) {
        rowFactors.withUnsafeBufferPointer { rows in
            columnFactors.withUnsafeBufferPointer { columns in
                guard let rows = rows.baseAddress, let columns = columns.baseAddress else { return }
                body(rows, columns)
            }
        }
    }
}

extension Team {
    /// Tiles of some channels of an image each: windows overlap.
    ///
    /// * `body`: gets where these begin in the input and in the output, and how many they are
    fileprivate func channels(
        _ windows: PoolingWindows,
        _ images: Int,
        _ channels: Int,
        _ body: (Int, Int, Int) -> Void
    ) {
        let parts = (channels + Tiling.columns - 1) / Tiling.columns
        run(images * parts) { index in
            let (image, part) = index.quotientAndRemainder(dividingBy: parts)
            let first = part * Tiling.columns
            body(
                image * windows.height * windows.width * channels + first,
                image * windows.outputPixels * channels + first,
                min(Tiling.columns, channels - first)
            )
        }
    }
}
