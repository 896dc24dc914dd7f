import Diagnostics

/// Zero-filled storage of `count` elements, aligned to a page and owned by this object.
///
/// The pages come from the kernel one by one as they are first touched, and go back when the object dies, so that
/// peak memory is what was really used. Threads may work on disjoint parts at once; who writes where is the
/// caller's contract.
package final class AlignedBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    package let count: Int
    package let base: UnsafeMutablePointer<Element>
    private let heldBytes: Int

    /// Ends the run where there is no memory for it: see `OutOfMemory`.
    ///
    /// * `count`: number of elements, at least 0.
    package init(count: Int) {
        precondition(count >= 0)
        self.count = count
        let bytes = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !bytes.overflow else { OutOfMemory.end(bytes: .max, for: "\(count) \(Element.self)") }
        heldBytes = max(bytes.partialValue, 1)
        guard let start = Pages.take(bytes: heldBytes) else {
            OutOfMemory.end(bytes: heldBytes, for: "\(count) numbers (\(Element.self))")
        }
        base = start.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit {
        Pages.giveBack(base, bytes: heldBytes)
    }

    package var byteCount: Int { count * MemoryLayout<Element>.stride }

    package var elements: UnsafeMutableBufferPointer<Element> { .init(start: base, count: count) }

    package subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return .init(start: base + range.lowerBound, count: range.count)
    }
}
