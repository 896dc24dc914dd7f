/// Position embeddings taken from one grid of patches to another: a fixed linear map, the same for every channel.
package struct PositionResampling: Sendable, Equatable {
    /// Rows and columns of patches.
    package struct Grid: Sendable, Equatable {
        package let rows: Int
        package let columns: Int

        package init(rows: Int, columns: Int) {
            (self.rows, self.columns) = (rows, columns)
        }

        package var count: Int { rows * columns }
    }

    /// The bicubic interpolations of PyTorch's `interpolate`.
    package enum Method: Sendable, Equatable {
        /// Four taps with a = −0.75 (Keys, 1981), those beyond the border taken from it: Hugging Face, DINOv2.
        case bicubic
        /// The same, the first and last places of both grids laid upon each other (`align_corners=True`): torchvision.
        case bicubicAlignedCorners
        /// a = −0.5, widened by the scale where the grid shrinks, the weights' sum one: timm (`antialias=True`).
        case antialiasedBicubic
    }

    /// A place on one axis of the source and its share in one of the target.
    package struct Tap: Sendable, Equatable {
        package let place: Int
        package let weight: Double
    }

    package let source: Grid
    package let target: Grid
    package let method: Method

    package init(from source: Grid, to target: Grid, _ method: Method) {
        self.source = source
        self.target = target
        self.method = method
    }

    /// Taps by row and by column of the target.
    ///
    /// Found anew each time: a step takes far longer, and a description may name a grid that nobody ever computes with.
    var axes: (rows: [[Tap]], columns: [[Tap]]) {
        (
            Self.axis(from: source.rows, to: target.rows, method),
            Self.axis(from: source.columns, to: target.columns, method)
        )
    }

    /// Calls `body` with a row of the target, a row of the source and its weight, in the target's order.
    fileprivate func visitTaps(_ body: (_ target: Int, _ source: Int, _ weight: Double) -> Void) {
        let (rows, columns) = axes
        for (y, vertical) in rows.enumerated() {
            for (x, horizontal) in columns.enumerated() {
                for row in vertical {
                    for column in horizontal {
                        body(
                            y * target.columns + x,
                            row.place * source.columns + column.place,
                            row.weight * column.weight
                        )
                    }
                }
            }
        }
    }

    /// What each place of the target is made of.
    package static func axis(from source: Int, to target: Int, _ method: Method) -> [[Tap]] {
        let scale = Double(source) / Double(target)
        return (0..<target).map { place in
            let centre = scale * (Double(place) + 0.5)
            switch method {
            case .bicubic: return fourTaps(at: centre - 0.5, of: source)
            case .bicubicAlignedCorners:
                let place = Double(place * (source - 1)) / Double(max(target - 1, 1))
                return fourTaps(at: place, of: source)
            case .antialiasedBicubic:
                let width = max(scale, 1)
                let first = max(Int(centre - 2 * width + 0.5), 0)
                let end = min(Int(centre + 2 * width + 0.5), source)
                let weights = (first..<end).map { keys((Double($0) - centre + 0.5) / width, a: -0.5) }
                let sum = weights.reduce(0, +)
                return zip(first..<end, weights).map { Tap(place: $0, weight: $1 / sum) }
            }
        }
    }

    private static func fourTaps(at place: Double, of source: Int) -> [Tap] {
        let start = Int(place.rounded(.down))
        return (start - 1...start + 2).map { index in
            Tap(place: min(max(index, 0), source - 1), weight: keys(place - Double(index), a: -0.75))
        }
    }

    /// The cubic convolution kernel (Keys, "Cubic convolution interpolation", 1981).
    private static func keys(_ offset: Double, a: Double) -> Double {
        let x = offset.magnitude
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return ((x - 5) * x + 8) * a * x - 4 * a }
        return 0
    }
}

/// Positions on the source grid to positions on the target grid.
///
/// * `input`: source.count × channels
/// * `output`: target.count × channels
package func resamplePositionsForward<R: Real>(
    _ resampling: PositionResampling,
    channels: Int,
    input: UnsafePointer<R>,
    output: UnsafeMutablePointer<R>
) {
    output.update(repeating: 0, count: resampling.target.count * channels)
    resampling.visitTaps { target, source, weight in
        addRow(R(weight), input + source * channels, channels, to: output + target * channels)
    }
}

/// The gradient of `resamplePositionsForward`: its transpose.
///
/// * `addInput`: adds to `dInput` instead of overwriting it
package func resamplePositionsBackward<R: Real>(
    _ resampling: PositionResampling,
    channels: Int,
    dOutput: UnsafePointer<R>,
    dInput: UnsafeMutablePointer<R>,
    addInput: Bool
) {
    if !addInput { dInput.update(repeating: 0, count: resampling.source.count * channels) }
    resampling.visitTaps { target, source, weight in
        addRow(R(weight), dOutput + target * channels, channels, to: dInput + source * channels)
    }
}

private func addRow<R: Real>(
    _ weight: R,
    _ row: UnsafePointer<R>,
    _ channels: Int,
    to target: UnsafeMutablePointer<R>
) {
    for channel in 0..<channels { target[channel] += weight * row[channel] }
}
