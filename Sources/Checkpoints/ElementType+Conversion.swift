import Tensors

// Plain loops with selections instead of branches, so that the compiler vectorises them.
extension ElementType {
    /// Turns `count` stored numbers, aligned or not, into float32: exact, NaN stays NaN.
    func decode(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
        switch self {
        case .float32:
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        case .float16:
            for index in 0..<count {
                target[index] = decodeFloat16(
                    source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                )
            }
        case .bfloat16:
            for index in 0..<count {
                let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
                target[index] = Float(bitPattern: UInt32(bits) << 16)
            }
        }
    }

    /// Turns `count` float32 numbers into this type, rounding to nearest, ties to even; NaN stays NaN.
    ///
    /// What is too large becomes an infinity.
    func encode(_ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer) {
        switch self {
        case .float32:
            target.copyMemory(from: source, byteCount: 4 * count)
        case .float16:
            for index in 0..<count {
                target.storeBytes(of: encodeFloat16(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        case .bfloat16:
            for index in 0..<count {
                target.storeBytes(of: encodeBFloat16(source[index]), toByteOffset: 2 * index, as: UInt16.self)
            }
        }
    }

    /// Rounds float32 numbers in place to what this type can hold, to nearest, ties to even.
    package func round(_ values: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .float32: break
        case .float16:
            for index in 0..<count { values[index] = decodeFloat16(encodeFloat16(values[index])) }
        case .bfloat16:
            for index in 0..<count {
                values[index] = Float(bitPattern: UInt32(encodeBFloat16(values[index])) << 16)
            }
        }
    }
}

/// The index of the first NaN or infinity.
///
/// - Returns: nil where all `count` numbers are finite.
func firstNonFinite(_ values: UnsafePointer<Float>, count: Int) -> Int? {
    var largest: UInt32 = 0
    for index in 0..<count { largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF) }
    guard largest >= Float.infinity.bitPattern else { return nil }
    return (0..<count).first { !values[$0].isFinite }
}

@inline(__always)
private func decodeFloat16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    // The exponent's bias is 15 there and 127 here. Subnormals come out with an implicit leading 1, taken off again.
    let normal = magnitude &+ (112 << 23)
    let subnormal = (Float(bitPattern: magnitude &+ (113 << 23)) - 0x1p-14).bitPattern
    let special = magnitude | 0x7F80_0000
    let finite = magnitude < 0x0080_0000 ? subnormal : normal
    return Float(bitPattern: sign | (magnitude >= 0x0F80_0000 ? special : finite))
}

@inline(__always)
private func encodeFloat16(_ value: Float) -> UInt16 {
    let sign = value.bitPattern >> 16 & 0x8000
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    let normal = (magnitude &+ 0xFFF &+ (magnitude >> 13 & 1) &- (112 << 23)) >> 13
    // At 0.5 a float32's last place is 2⁻²⁴, the step of float16's subnormals: the addition rounds.
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
    let finite = magnitude < Float(0x1p-14).bitPattern ? subnormal : normal
    let special = magnitude > Float.infinity.bitPattern ? 0x7E00 | (magnitude >> 13 & 0x3FF) : 0x7C00
    return UInt16(truncatingIfNeeded: sign | (magnitude >= Float(65520).bitPattern ? special : finite))
}

@inline(__always)
private func encodeBFloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let rounded = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
    let isNaN = bits & 0x7FFF_FFFF > Float.infinity.bitPattern
    return UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : rounded)
}
