/// A seeded, splittable stream of random numbers, the same on every machine and with every Swift release.
///
/// The generator is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). `split` derives an independent stream from a name
/// and an index, so that the data order of epoch 7 does not depend on how many numbers were drawn before it.
package struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = Self.mix(seed &+ Self.increment)
    }

    /// An independent stream for one purpose, as in `stream.split("data order", 7)`; does not advance `self`.
    package func split(_ purpose: String, _ index: Int = 0) -> RandomStream {
        var key = state
        for byte in purpose.utf8 {
            key = Self.mix(key ^ UInt64(byte)) &+ Self.increment
        }
        key = Self.mix(key ^ Self.mix(UInt64(bitPattern: Int64(index)) &+ Self.increment))
        return RandomStream(state: key)
    }

    package mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mix(state)
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in [range.lowerBound, range.upperBound).
    package mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    }

    /// Uniform in 0 ..< bound, without bias (Lemire's multiplication with rejection).
    package mutating func index(below bound: Int) -> Int {
        precondition(bound > 0)
        let bound = UInt64(bound)
        let threshold = (0 &- bound) % bound
        while true {
            let product = next().multipliedFullWidth(by: bound)
            if product.low >= threshold { return Int(product.high) }
        }
    }

    /// The numbers 0 ..< count in random order (Fisher and Yates).
    package mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, index(below: last + 1))
        }
        return order
    }

    private init(state: UInt64) {
        self.state = state
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
