#if canImport(Glibc)
import Glibc
#endif

/// Zeroed memory from the first byte of a page on.
///
/// It comes from the kernel: a page is there when it is first touched, and gone when it is given back. Under
/// AddressSanitizer, which watches both ends of a block of the heap but of no mapping, it comes from the heap
/// (`scripts/sanitize address` sets the condition).
enum Pages {
    #if ADDRESS_SANITIZER
    static func take(bytes: Int) -> UnsafeMutableRawPointer? {
        var start: UnsafeMutableRawPointer?
        guard posix_memalign(&start, Int(getpagesize()), bytes) == 0, let start else { return nil }
        return memset(start, 0, bytes)
    }

    static func giveBack(_ start: UnsafeMutableRawPointer, bytes: Int) {
        free(start)
    }
    #else
    /// * Returns: nil where the kernel has none
    static func take(bytes: Int) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0), start != MAP_FAILED else {
            return nil
        }
        madvise(start, bytes, MADV_HUGEPAGE)
        return start
    }

    static func giveBack(_ start: UnsafeMutableRawPointer, bytes: Int) {
        munmap(start, bytes)
    }
    #endif
}
