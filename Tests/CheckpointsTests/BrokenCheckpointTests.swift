import TestSupport
import Testing

@testable import Checkpoints

@Suite struct BrokenCheckpointTests {
    private static let entry = "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"

    /// A header over eight bytes of data, and what the message must say.
    static let broken: [(header: String, says: String)] = [
        ("", "found nothing but zeros at its beginning"),
        ("[]", "expected '{' at byte 8, found '['"),
        ("{", "expected '\"'"),
        ("{}", "expected 10 bytes, as its header says, found 18"),
        ("{\(entry)", "expected '}'"),
        ("{\(entry)} x", "expected the end of the header"),
        ("{\(entry),}", "expected '\"'"),
        ("{\(entry),\(entry)}", "expected each name once"),
        (
            "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "\"dtype\" twice"
        ),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[2]}}", "tensor \"w\": expected dtype, shape and data_offsets"),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1}}", "found \"x\""),
        (
            "{\"w\":{\"dtype\":\"X7\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "tensor \"w\": expected an element type"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
            "expected 12 bytes for 3 of F32"
        ),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "as its header says"),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "as its header says"),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "where the tensor before it ends"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
            "expected data_offsets [begin, end]"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]}}",
            "expected data_offsets [begin, end]"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "where the tensor before it ends"
        ),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "expected a whole number"),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", "expected ']'"),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[[[[2]]]],\"data_offsets\":[0,8]}}", "expected a whole number"),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,0],\"data_offsets\":[0,8]}}",
            "fewer than 2⁶³ bytes"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,8]}}",
            "fewer than 2⁶³ bytes"
        ),
        ("{\"w\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", "below 2⁶³"),
        (
            "{\"w\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[0,9223372036854775807]}}",
            "expected data_offsets [begin, end]"
        ),
        ("{\"__metadata__\":{\"a\":1},\(entry)}", "expected '\"'"),
        ("{\"__metadata__\":{\"a\":{\"b\":\"c\"}},\(entry)}", "expected '\"'"),
        ("{\"\\ud800\":{}}", "surrogate pair"),
        ("{\"\\ud800\\u0041\":{}}", "surrogate pair"),
        ("{\"\\u00g0\":{}}", "hexadecimal"),
        ("{\"\\x\":{}}", "escaped character"),
        ("{\"a\nb\":{}}", "control characters"),
        ("{\"a\\nb\":{}}", "tensor \"a\\nb\": expected dtype"),
        (String(repeating: "[", count: 100_000), "expected '{'"),
        ("{\"w\":" + String(repeating: "{\"w\":", count: 100_000), "expected dtype, shape and data_offsets"),
    ]

    @Test(arguments: broken.indices)
    func refusesWithOneLine(index: Int) throws {
        let folder = try TemporaryFolder()
        let (header, says) = Self.broken[index]
        let path = try folder.write(
            safetensors(header, data: [UInt8](repeating: 0, count: 8)),
            "w.safetensors"
        )
        let message = try #require(refusal(path))
        #expect(message.contains(says))
        #expect(message.hasPrefix(path))
        #expect(!message.contains("\n"))
    }

    /// A surrogate pair and a header that is sound, so that the refusals above are for the right reason.
    @Test func acceptsTheSoundOne() throws {
        let folder = try TemporaryFolder()
        let data = [UInt8](repeating: 0, count: 8)
        #expect(refusal(try folder.write(safetensors("{\(Self.entry)}  \n", data: data), "a")) == nil)
        let header =
            "{\"__metadata__\":{},\"\\ud83c\\udf5c\":{\"shape\":[2],\"data_offsets\":[0,8],\"dtype\":\"F32\"}}"
        let file = try Checkpoint(try folder.write(safetensors(header, data: data), "b"))
        #expect(Array(file.tensors.keys) == ["🍜"])
    }

    @Test func refusesTheFixtureCutAnywhere() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: fixture("mixed.safetensors"))
        for length in 0..<whole.count {
            let message = refusal(try folder.write(Array(whole[..<length]), "cut.safetensors"))
            #expect(message?.hasPrefix(folder.path) == true, "cut to \(length) bytes")
            #expect(message?.contains("\n") == false)
        }
        #expect(refusal(try folder.write(whole + [0], "longer.safetensors")) != nil)
    }

    /// Any header byte changed: refused in one line or read as something else, never a crash.
    @Test func survivesAnyChangedByte() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: fixture("mixed.safetensors"))
        for place in 0..<376 {
            for value: UInt8 in [0, 0x22, 0x2C, 0x39, 0x5C, 0x7B, 0x80, 0xFF] {
                var changed = whole
                changed[place] = value
                let message = refusal(try folder.write(changed, "changed.safetensors"))
                #expect(message?.contains("\n") != true)
                #expect(message?.hasPrefix("not an") != true)
            }
        }
    }

    @Test func refusesHeaderLengthsBeyondTheFile() throws {
        let folder = try TemporaryFolder()
        for length: UInt64 in [9, 100_000_001, .max, 1 << 63] {
            let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            let message = refusal(try folder.write(prefix + Array("{}      ".utf8), "w.safetensors"))
            #expect(message?.contains("found a header length of \(length)") == true)
        }
    }
}
