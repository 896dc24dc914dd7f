/// What the ends of the colours stand for: ±`limit`.
///
/// A few coefficients can be many times all others (a group in which the ingredients nearly agree): they would leave
/// one colour to the rest. Where, of fifty values or more, the greatest is beyond 1.5 times the 98th percentile of
/// |value|, that is the limit.
struct HeatRange: Equatable {
    let limit: Double
    /// How many values lie beyond.
    let beyond: Int
    /// Place of the greatest |value|; nil where there is none.
    let greatest: Int?

    init(_ values: [Double]) {
        let sizes = values.map(abs).filter(\.isFinite).sorted()
        let most = sizes.last ?? 0
        let common = sizes.isEmpty ? 0 : sizes[Int(0.98 * Double(sizes.count - 1))]
        let limit = sizes.count >= 50 && common > 0 && most > 1.5 * common ? common : most
        self.limit = limit
        beyond = values.filter { abs($0) > limit }.count
        greatest = values.indices.filter { !values[$0].isNaN }.max { abs(values[$0]) < abs(values[$1]) }
    }

    func isBeyond(_ value: Double) -> Bool { abs(value) > limit }
}
