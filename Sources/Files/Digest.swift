import Crypto

extension MappedFile {
    /// SHA-256 of the whole file, in lower-case hexadecimal.
    ///
    /// Leaves no page of it in this process's memory.
    package func sha256() -> String {
        var hash = SHA256()
        let step = 1 << 24
        for start in stride(from: 0, to: bytes.count, by: step) {
            let range = start..<min(start + step, bytes.count)
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: bytes[range]))
            release(range)
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
