import CCrypto

/// SHA-256 of bytes that come one after another.
///
/// A copy goes on by itself from what was added before.
package struct RunningDigest: Sendable {
    private var state = State()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if !isKnownUniquelyReferenced(&state) { state = State(copying: state) }
        state.update(bytes)
    }

    /// Of all bytes so far, in lower-case hexadecimal; more may follow.
    package var text: String { State(copying: state).finish() }
}

extension MappedFile {
    /// SHA-256 of the whole file, in lower-case hexadecimal.
    ///
    /// Leaves no page of it in this process's memory.
    ///
    /// * throws `FileError` where the file was cut since it was opened
    package func sha256() throws(FileError) -> String {
        var digest = RunningDigest()
        let step = 1 << 24
        for start in stride(from: 0, to: bytes.count, by: step) {
            try checkUnchanged()
            let range = start..<min(start + step, bytes.count)
            if start == 0 { fetchAhead(range) }
            fetchAhead(range.upperBound..<min(range.upperBound + step, bytes.count))
            digest.update(UnsafeRawBufferPointer(rebasing: bytes[range]))
            release(range)
        }
        return digest.text
    }

    /// SHA-256 of the first and last 64 KiB: tells files apart that differ by chance, without reading them.
    package func sketch() -> String {
        let length = min(bytes.count, 1 << 16)
        for range in [0..<length, bytes.count - length..<bytes.count] { fetchAhead(range) }
        var digest = RunningDigest()
        digest.update(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        digest.update(UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - length)...]))
        return digest.text
    }
}

/// SHA-256 of a text, in lower-case hexadecimal.
package func sha256(of text: some StringProtocol) -> String {
    var digest = RunningDigest()
    var text = String(text)
    text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
    return digest.text
}

/// OpenSSL's state of a SHA-256.
///
/// Not changed while it is shared: `RunningDigest` copies it first.
private final class State: @unchecked Sendable {
    private let context: OpaquePointer

    init() {
        context = Self.context()
        check(EVP_DigestInit_ex(context, EVP_sha256(), nil))
    }

    init(copying other: State) {
        context = Self.context()
        check(EVP_MD_CTX_copy_ex(context, other.context))
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
    }

    /// In lower-case hexadecimal; nothing may follow.
    func finish() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        check(EVP_DigestFinal_ex(context, &digest, &count))
        return digest.prefix(Int(count)).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    private static func context() -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
        return context
    }

    /// SHA-256 in memory fails only where there is no memory, or where the system forbids SHA-256 as a whole.
    private func check(_ status: Int32) {
        guard status == 1 else { preconditionFailure("libcrypto does not compute SHA-256") }
    }
}
