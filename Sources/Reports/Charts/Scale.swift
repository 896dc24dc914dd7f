import Foundation

/// Where a value stands on an axis, as a share 0…1 of its length.
struct Scale: Sendable {
    struct Tick: Equatable, Sendable {
        let value: Double
        let label: String
    }

    let lower: Double
    let upper: Double
    let isLogarithmic: Bool
    let ticks: [Tick]

    /// From a round number to a round number around `values`; finite ones count.
    ///
    /// * `count`: about how many ticks
    /// * `label`: writes a tick, given its value and how many digits after the point tell it from the next
    init(
        containing values: some Sequence<Double>,
        count: Int = 4,
        label: (Double, Int) -> String = { Numbers.fixed($0, $1) }
    ) {
        // Larger ones would overflow when subtracted.
        let finite = values.filter { abs($0) < 1e300 }
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        if high - low <= abs(high) * 1e-9 {
            let margin = max(abs(high) * 0.05, 1e-3)
            (low, high) = (low - margin, high + margin)
        }
        let step = Self.roundStep((high - low) / Double(max(count, 1)))
        let (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
        let digits = min(max(Int((-log10(step) - 1e-9).rounded(.up)), 0), 12)
        lower = first * step
        upper = last * step
        isLogarithmic = false
        ticks = (0...Int(last - first)).map { index in
            let value = (first + Double(index)) * step
            return Tick(value: value, label: label(value, digits))
        }
    }

    /// Steps 0…`count`, from end to end.
    init(steps count: Int, ticks tickCount: Int = 5) {
        let round = Scale(containing: [0, Double(max(count, 1))], count: tickCount) { value, _ in
            Numbers.count(Int(value))
        }
        lower = 0
        upper = Double(max(count, 1))
        isLogarithmic = false
        ticks = round.ticks.filter { $0.value <= Double(count) && $0.value == $0.value.rounded() }
    }

    /// Powers of ten around positive `values`; nil where there are none, or where they are of one size.
    init?(logarithmic values: some Sequence<Double>) {
        let positive = values.filter { $0 > 0 && $0 < 1e300 }
        guard let low = positive.min(), let high = positive.max(), high / low > 50 else { return nil }
        let (first, last) = (Int(log10(low).rounded(.down)), Int(log10(high).rounded(.up)))
        lower = Double(first)
        upper = Double(last)
        isLogarithmic = true
        let stride = max((last - first + 3) / 4, 1)
        ticks = Swift.stride(from: first, through: last, by: stride).map {
            Tick(value: pow(10, Double($0)), label: Numbers.short(pow(10, Double($0))))
        }
    }

    /// The share of the axis below `value`, held between its ends; nil for what cannot be drawn.
    func share(_ value: Double) -> Double? {
        guard !value.isNaN, !isLogarithmic || value > 0 else { return nil }
        let place = isLogarithmic ? log10(value) : value
        return min(max((place - lower) / (upper - lower), 0), 1)
    }

    /// 1, 2 or 5 times a power of ten, at least `size`.
    private static func roundStep(_ size: Double) -> Double {
        let power = pow(10, log10(size).rounded(.down))
        let factor = size / power
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10)
    }
}

/// A share of a length as SVG and CSS write it.
func percentage(_ share: Double) -> String {
    String(format: "%.2f", 100 * share) + "%"
}
