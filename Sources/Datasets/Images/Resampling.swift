import Kernels

/// Resizing as Pillow does it, bit for bit: one axis after the other, 8-bit numbers between them.
///
/// Source: the formulas and their order are those of `ImagingResample` in Pillow 13 (8 bits per channel).
struct Resampling {
    let height: Int
    let width: Int
    /// The part of the resized image that is wanted.
    let rows: Range<Int>
    let columns: Range<Int>

    /// The part of `image`, resized to height × width, that the window wants; nil where there is no memory for it.
    func apply(_ image: Pixels, _ interpolation: ImageTransform.Interpolation) -> Pixels? {
        guard let filter = interpolation.filter else { return nearest(image) }
        // An axis that keeps its length is not resampled: whoever comes next reads the window out of it.
        let isWide = image.width != width
        let isTall = image.height != height
        guard isWide || isTall else { return cut(image, rows, columns) }
        let across = ResamplingAxis(input: image.width, output: width, window: columns, filter: filter)
        let down = ResamplingAxis(input: image.height, output: height, window: rows, filter: filter)
        // Pillow 13 begins with the vertical axis where that leaves less to do; older ones never do.
        if isWide, isTall, image.height > height, image.height - height > 2 * (image.width - width) {
            return vertical(image, down, across.inputs).flatMap {
                horizontal($0, across, 0..<rows.count, -across.inputs.lowerBound)
            }
        }
        guard isWide else { return vertical(image, down, columns) }
        guard isTall else { return horizontal(image, across, rows, 0) }
        let needed = down.inputs
        return horizontal(image, across, needed, 0).flatMap {
            vertical($0, down, 0..<columns.count, -needed.lowerBound)
        }
    }

    /// * `rows`: of `image`, that are wanted
    /// * `offset`: what the axis' input places are moved by in `image`
    private func horizontal(
        _ image: Pixels,
        _ axis: ResamplingAxis,
        _ rows: Range<Int>,
        _ offset: Int
    ) -> Pixels? {
        let channels = image.channels
        guard let result = Pixels(height: rows.count, width: axis.starts.count, channels: channels) else {
            return nil
        }
        let starts = axis.starts.map { $0 + Int32(offset) }
        for (index, row) in rows.enumerated() {
            resampleRow(
                places: starts.count,
                channels: channels,
                row: image.base + row * image.width * channels,
                starts: starts,
                counts: axis.counts,
                weights: axis.weights,
                width: axis.width,
                output: result.base + index * result.width * channels
            )
        }
        return result
    }

    /// * `columns`: of `image`, that are wanted
    /// * `offset`: what the axis' input places are moved by in `image`
    private func vertical(
        _ image: Pixels,
        _ axis: ResamplingAxis,
        _ columns: Range<Int>,
        _ offset: Int = 0
    ) -> Pixels? {
        let length = columns.count * image.channels
        guard
            let result = Pixels(height: axis.starts.count, width: columns.count, channels: image.channels)
        else { return nil }
        let stride = image.width * image.channels
        axis.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            for place in axis.starts.indices {
                let first = (Int(axis.starts[place]) + offset) * stride
                resampleColumn(
                    count: length,
                    taps: Int(axis.counts[place]),
                    rows: image.base + first + columns.lowerBound * image.channels,
                    stride: stride,
                    weights: weights + place * axis.width,
                    output: result.base + place * length
                )
            }
        }
        return result
    }

    /// Pillow adds the scale up along the row, so that this does too.
    private func nearest(_ image: Pixels) -> Pixels? {
        let channels = image.channels
        guard let result = Pixels(height: rows.count, width: columns.count, channels: channels) else {
            return nil
        }
        let down = Self.places(image.height, height, rows)
        let across = Self.places(image.width, width, columns)
        for (row, from) in down.enumerated() {
            let line = image.base + from * image.width * channels
            let target = result.base + row * result.width * channels
            for (column, from) in across.enumerated() {
                for channel in 0..<channels {
                    target[column * channels + channel] = line[from * channels + channel]
                }
            }
        }
        return result
    }

    private static func places(_ input: Int, _ output: Int, _ window: Range<Int>) -> [Int] {
        let scale = Double(input) / Double(output)
        var place = scale * 0.5
        var places: [Int] = []
        for index in 0..<window.upperBound {
            if index >= window.lowerBound { places.append(min(Int(place), input - 1)) }
            place += scale
        }
        return places
    }

    private func cut(_ image: Pixels, _ rows: Range<Int>, _ columns: Range<Int>) -> Pixels? {
        if rows.count == image.height, columns.count == image.width { return image }
        let channels = image.channels
        guard let result = Pixels(height: rows.count, width: columns.count, channels: channels) else {
            return nil
        }
        let length = columns.count * channels
        for (index, row) in rows.enumerated() {
            let from = image.base + (row * image.width + columns.lowerBound) * channels
            (result.base + index * length).update(from: from, count: length)
        }
        return result
    }
}

extension ImageTransform.Interpolation {
    /// Nil for the nearest pixel, which no filter is.
    fileprivate var filter: ResamplingFilter? {
        switch self {
        case .nearest: nil
        case .box: .box
        case .bilinear: .bilinear
        case .hamming: .hamming
        case .bicubic: .bicubic
        case .lanczos: .lanczos
        }
    }
}
