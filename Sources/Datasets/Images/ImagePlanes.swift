/// One image in place, channels × height × width, and what augmentation does to its pixels.
struct ImagePlanes {
    let base: UnsafeMutablePointer<Float>
    let channels: Int
    let height: Int
    let width: Int

    var count: Int { channels * height * width }

    /// Moves the image `down` and `right`; what comes in at the edges is `fill` of its channel.
    func shift(down: Int, right: Int, fill: [Float]) {
        precondition(abs(down) <= height && abs(right) <= width && fill.count == channels)
        guard down != 0 || right != 0 else { return }
        let kept = width - abs(right)
        for channel in 0..<channels {
            let plane = base + channel * height * width
            // In the order in which no row is overwritten before it has been moved.
            for step in 0..<height {
                let row = down > 0 ? height - 1 - step : step
                let target = plane + row * width
                let source = row - down
                guard (0..<height).contains(source) else {
                    target.update(repeating: fill[channel], count: width)
                    continue
                }
                let from = plane + source * width
                // `update(from:)` allows overlaps, as memmove does.
                (target + max(right, 0)).update(from: from + max(-right, 0), count: kept)
                let gap = right > 0 ? target : target + kept
                gap.update(repeating: fill[channel], count: abs(right))
            }
        }
    }

    /// Mirrors left and right.
    func flip() {
        for row in 0..<channels * height {
            var line = UnsafeMutableBufferPointer(start: base + row * width, count: width)
            line.reverse()
        }
    }

    /// Sets a rectangle to zero: for normalised images, the mean grey.
    func erase(rows: Range<Int>, columns: Range<Int>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= height)
        precondition(columns.lowerBound >= 0 && columns.upperBound <= width)
        for channel in 0..<channels {
            for row in rows {
                let line = base + (channel * height + row) * width
                (line + columns.lowerBound).update(repeating: 0, count: columns.count)
            }
        }
    }

    /// share·self + (1 − share)·other.
    func blend(with other: UnsafePointer<Float>, share: Float) {
        for index in 0..<count { base[index] = share * base[index] + (1 - share) * other[index] }
    }
}

extension ImagePlanes {
    /// Image `row` of images of a data set that lie one after another.
    init(_ images: UnsafeMutablePointer<Float>, _ row: Int, of dataset: Dataset) {
        self.init(
            base: images + row * dataset.imageLength,
            channels: dataset.channels,
            height: dataset.height,
            width: dataset.width
        )
    }
}
