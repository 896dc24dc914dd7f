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
    private func horizontal(_ image: Pixels, _ axis: ResamplingAxis, _ rows: Range<Int>, _ offset: Int)
        -> Pixels?
    {
        let channels = image.channels
        guard let result = Pixels(height: rows.count, width: axis.starts.count, channels: channels) else {
            return nil
        }
        axis.weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            for (index, row) in rows.enumerated() {
                let line = image.base + row * image.width * channels
                var target = result.base + index * result.width * channels
                for place in 0..<axis.starts.count {
                    let from = line + (axis.starts[place] + offset) * channels
                    let weights = weights + place * axis.width
                    if channels == 3 {
                        Self.mixColours(from, weights, axis.counts[place], target)
                    } else {
                        Self.mixGreys(from, weights, axis.counts[place], target)
                    }
                    target += channels
                }
            }
        }
        return result
    }

    /// One RGB pixel as four numbers, the fourth of which is not used.
    @inline(__always)
    private static func mixColours(
        _ from: UnsafePointer<UInt8>,
        _ weights: UnsafePointer<Int32>,
        _ count: Int,
        _ target: UnsafeMutablePointer<UInt8>
    ) {
        var sum = SIMD4<Int32>(repeating: half)
        var from = UnsafeRawPointer(from)
        for tap in 0..<count {
            let pixel = from.loadUnaligned(as: SIMD4<UInt8>.self)
            sum &+= SIMD4<Int32>(truncatingIfNeeded: pixel) &* weights[tap]
            from += 3
        }
        sum &>>= ResamplingAxis.precision
        let clipped = sum.clamped(lowerBound: .zero, upperBound: .init(repeating: 255))
        target[0] = UInt8(truncatingIfNeeded: clipped[0])
        target[1] = UInt8(truncatingIfNeeded: clipped[1])
        target[2] = UInt8(truncatingIfNeeded: clipped[2])
    }

    @inline(__always)
    private static func mixGreys(
        _ from: UnsafePointer<UInt8>,
        _ weights: UnsafePointer<Int32>,
        _ count: Int,
        _ target: UnsafeMutablePointer<UInt8>
    ) {
        var sum = half
        for tap in 0..<count { sum &+= Int32(from[tap]) &* weights[tap] }
        target.pointee = clip(sum)
    }

    /// * `columns`: of `image`, that are wanted
    /// * `offset`: what the axis' input places are moved by in `image`
    private func vertical(_ image: Pixels, _ axis: ResamplingAxis, _ columns: Range<Int>, _ offset: Int = 0)
        -> Pixels?
    {
        let length = columns.count * image.channels
        guard let result = Pixels(height: axis.starts.count, width: columns.count, channels: image.channels)
        else {
            return nil
        }
        let stride = image.width * image.channels
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(length, 1)) { room in
            guard let sums = room.baseAddress else { return }
            for place in 0..<axis.starts.count {
                sums.update(repeating: Self.half, count: length)
                var line =
                    image.base + (axis.starts[place] + offset) * stride + columns.lowerBound * image.channels
                for tap in 0..<axis.counts[place] {
                    let weight = axis.weights[place * axis.width + tap]
                    for index in 0..<length { sums[index] &+= Int32(line[index]) &* weight }
                    line += stride
                }
                let target = result.base + place * length
                for index in 0..<length { target[index] = Self.clip(sums[index]) }
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

    private static let half = Int32(1) << (ResamplingAxis.precision - 1)

    @inline(__always)
    private static func clip(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(sum >> ResamplingAxis.precision, 0), 255))
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
