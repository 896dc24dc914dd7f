import Foundation
import Kernels

/// Which input places an output place along one axis is made of, and with what weights, as Pillow has it.
///
/// Output o of n, from m inputs, with scale = m/n, stretch = max(scale, 1), and the filter's support times the stretch s:
/// centre c = (o + ½)·scale, taps from ⌊c − s + ½⌋ up to ⌊c + s + ½⌋ within the image, weights filter((i − c + ½)/stretch)
/// divided by their sum, in fixed point of 22 bits.
struct ResamplingAxis {
    /// First tap of every output place.
    let starts: [Int32]
    /// Number of taps of every output place.
    let counts: [Int32]
    /// Weights of every output place, `width` apart.
    let weights: [Int32]
    /// Greatest number of taps.
    let width: Int

    /// All input places that any output place needs.
    var inputs: Range<Int> {
        let ends = zip(starts, counts).map(+)
        return Int(starts.min() ?? 0)..<Int(ends.max() ?? 0)
    }

    /// * `window`: the output places that are wanted
    init(input: Int, output: Int, window: Range<Int>, filter: ResamplingFilter) {
        precondition(input > 0 && output > 0 && window.lowerBound >= 0 && window.upperBound <= output)
        let scale = Double(input) / Double(output)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        let inverse = 1 / stretch
        let width = min(Int(support.rounded(.up)) * 2 + 1, input)
        var starts: [Int32] = []
        var counts: [Int32] = []
        var weights = [Int32](repeating: 0, count: width * window.count)
        var values = [Double](repeating: 0, count: width)
        for (row, place) in window.enumerated() {
            let centre = (Double(place) + 0.5) * scale
            let start = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), input)
            let count = min(max(end - start, 0), width)
            var sum = 0.0
            for tap in 0..<count {
                values[tap] = filter.weight((Double(tap + start) - centre + 0.5) * inverse)
                sum += values[tap]
            }
            for tap in 0..<count {
                let share = sum == 0 ? values[tap] : values[tap] / sum
                let fixed = share * Double(1 << resamplingPrecision)
                weights[row * width + tap] = Int32(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
            }
            starts.append(Int32(start))
            counts.append(Int32(count))
        }
        self.starts = starts
        self.counts = counts
        self.weights = weights
        self.width = width
    }
}

/// Pillow's filters of a finite support.
enum ResamplingFilter {
    case box, bilinear, hamming, bicubic, lanczos

    /// Half the width, in pixels.
    var support: Double {
        switch self {
        case .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    func weight(_ x: Double) -> Double {
        switch self {
        case .box: x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: max(1 - abs(x), 0)
        case .hamming:
            if x == 0 { 1 } else if abs(x) >= 1 { 0 } else { Self.sinc(x) * Self.hamming(x) }
        case .bicubic: Self.cubic(abs(x))
        case .lanczos: x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double {
        guard x != 0 else { return 1 }
        return sin(x * .pi) / (x * .pi)
    }

    /// The window's numbers are single precision in Pillow.
    private static func hamming(_ x: Double) -> Double {
        Double(Float(0.54)) + Double(Float(0.46)) * cos(x * .pi)
    }

    /// Keys' cubic convolution with a = −½.
    private static func cubic(_ x: Double) -> Double {
        let a = -0.5
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}
