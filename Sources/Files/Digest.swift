import Crypto

extension MappedFile {
    /// SHA-256 of the whole file, in lower-case hexadecimal.
    ///
    /// Leaves no page of it in this process's memory.
    ///
    /// * throws `FileError` where the file was cut since it was opened
    package func sha256() throws(FileError) -> String {
        var hash = SHA256()
        let step = 1 << 24
        for start in stride(from: 0, to: bytes.count, by: step) {
            try checkUnchanged()
            let range = start..<min(start + step, bytes.count)
            if start == 0 { fetchAhead(range) }
            fetchAhead(range.upperBound..<min(range.upperBound + step, bytes.count))
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
            release(range)
        }
        return hexadecimal(hash.finalize())
    }

    /// SHA-256 of the first and last 64 KiB: tells files apart that differ by chance, without reading them.
    package func sketch() -> String {
        let length = min(bytes.count, 1 << 16)
        for range in [0..<length, bytes.count - length..<bytes.count] { fetchAhead(range) }
        var hash = SHA256()
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - length)...]))
        return hexadecimal(hash.finalize())
    }
}

/// SHA-256 of bytes that come bit by bit.
package struct RunningDigest: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    /// Of all bytes so far, in lower-case hexadecimal; more may follow.
    package var text: String { hexadecimal(hash.finalize()) }
}

/// SHA-256 of a text, in lower-case hexadecimal.
package func sha256(of text: some StringProtocol) -> String {
    hexadecimal(SHA256.hash(data: Array(text.utf8)))
}

/// SHA-256 of bytes that come one after another.
package struct ContentDigest {
    private var hash = SHA256()

    package init() {}

    package mutating func add(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// The digest of what was added so far, in lower-case hexadecimal.
    package var text: String { hexadecimal(hash.finalize()) }
}

private func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in
        let digits = String(byte, radix: 16)
        return byte < 16 ? "0" + digits : digits
    }.joined()
}
