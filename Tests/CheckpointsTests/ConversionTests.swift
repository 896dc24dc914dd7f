import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite struct ConversionTests {
    /// The number a float16 pattern stands for, from the definition of the format.
    private func float16(_ pattern: UInt16) -> Double {
        let sign: Double = pattern >> 15 == 1 ? -1 : 1
        let exponent = Int(pattern >> 10 & 31)
        let mantissa = Double(pattern & 1023)
        if exponent == 31 { return mantissa == 0 ? sign * .infinity : .nan }
        return exponent == 0
            ? sign * mantissa * pow(2, -24) : sign * (1024 + mantissa) * pow(2, Double(exponent - 25))
    }

    /// The number a bfloat16 pattern stands for, from the definition of the format.
    private func bfloat16(_ pattern: UInt16) -> Double {
        let sign: Double = pattern >> 15 == 1 ? -1 : 1
        let exponent = Int(pattern >> 7 & 255)
        let mantissa = Double(pattern & 127)
        if exponent == 255 { return mantissa == 0 ? sign * .infinity : .nan }
        return exponent == 0
            ? sign * mantissa * pow(2, -133) : sign * (128 + mantissa) * pow(2, Double(exponent - 134))
    }

    private func value(_ pattern: UInt16, _ type: ElementType) -> Double {
        type == .float16 ? float16(pattern) : bfloat16(pattern)
    }

    private func decode(_ patterns: [UInt16], _ type: ElementType) -> [Float] {
        [Float](unsafeUninitializedCapacity: patterns.count) { target, count in
            count = patterns.count
            guard let base = target.baseAddress else { return }
            patterns.withUnsafeBytes { source in
                if let start = source.baseAddress { type.decode(start, count: count, into: base) }
            }
        }
    }

    private func encode(_ values: [Float], _ type: ElementType) -> [UInt16] {
        [UInt16](unsafeUninitializedCapacity: values.count) { target, count in
            count = values.count
            guard let base = target.baseAddress, let source = values.withUnsafeBufferPointer(\.baseAddress)
            else { return }
            type.encode(source, count: count, into: base)
        }
    }

    @Test(arguments: [ElementType.float16, .bfloat16])
    func everyPatternDecodesExactly(type: ElementType) {
        let patterns = (0...UInt16.max).map { $0 }
        for (pattern, decoded) in zip(patterns, decode(patterns, type)) {
            let expected = value(pattern, type)
            #expect(expected.isNaN ? decoded.isNaN : Double(decoded) == expected, "pattern \(pattern)")
            #expect(
                expected.isNaN || decoded.sign == (pattern >> 15 == 1 ? .minus : .plus),
                "pattern \(pattern)"
            )
        }
    }

    @Test(arguments: [ElementType.float16, .bfloat16])
    func everyPatternSurvivesTheWayBack(type: ElementType) {
        let patterns = (0...UInt16.max).map { $0 }
        for (pattern, encoded) in zip(patterns, encode(decode(patterns, type), type)) {
            if value(pattern, type).isNaN {
                #expect(value(encoded, type).isNaN, "pattern \(pattern)")
            } else {
                #expect(encoded == pattern)
            }
        }
    }

    /// Midway between neighbours goes to the even one, the least bit beside it to the nearer one.
    @Test(arguments: [(ElementType.float16, UInt16(0x7C00)), (.bfloat16, 0x7F80)])
    func roundsToNearestTiesToEven(type: ElementType, infinity: UInt16) {
        let patterns = (0..<infinity).map { $0 }
        let middles = patterns.map { pattern in
            // Where the neighbour is infinity, the midpoint is half a step beyond the greatest finite number.
            let lower = value(pattern, type)
            let step =
                pattern + 1 == infinity ? lower - value(pattern - 1, type) : value(pattern + 1, type) - lower
            return Float(lower + step / 2)
        }
        let tied = encode(middles, type)
        let below = encode(middles.map(\.nextDown), type)
        let above = encode(middles.map(\.nextUp), type)
        let negative = encode(middles.map { -$0 }, type)
        for (index, pattern) in patterns.enumerated() {
            let even = pattern % 2 == 0 ? pattern : pattern + 1
            #expect(tied[index] == even)
            #expect(negative[index] == even | 0x8000)
            #expect(below[index] == pattern)
            #expect(above[index] == pattern + 1)
        }
    }

    @Test func largeNumbersBecomeInfinityAndNaNStaysNaN() {
        let values: [Float] = [65519.99, 65520, 1e30, .infinity, -.infinity, Float(bitPattern: 0x7F80_0001)]
        let half = encode(values, .float16)
        #expect(half.prefix(5) == [0x7BFF, 0x7C00, 0x7C00, 0x7C00, 0xFC00])
        #expect(float16(half[5]).isNaN)
        let brain = encode([.greatestFiniteMagnitude, .infinity, Float(bitPattern: 0xFF80_0001)], .bfloat16)
        #expect(brain.prefix(2) == [0x7F80, 0x7F80])
        #expect(bfloat16(brain[2]).isNaN)
    }

    @Test func findsTheFirstNumberThatIsNotFinite() {
        var values = [Float](repeating: -3, count: 1000)
        #expect(firstNonFinite(values, count: 1000) == nil)
        values[998] = .nan
        values[999] = -.infinity
        #expect(firstNonFinite(values, count: 1000) == 998)
        #expect(firstNonFinite(values, count: 998) == nil)
    }
}
