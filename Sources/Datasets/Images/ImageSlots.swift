import Tensors

/// Memory for images of one size, taken from the system some at a time and never moved.
struct ImageSlots {
    let imageBytes: Int
    private var slabs: [AlignedBuffer<UInt8>] = []
    private var free: [Int] = []
    private var next = 0

    /// Images of a slab: one mapping for many, since the system allows only so many of those.
    private static let perSlab = 64

    init(imageBytes: Int) {
        precondition(imageBytes > 0)
        self.imageBytes = imageBytes
    }

    mutating func take() -> Int {
        if let slot = free.popLast() { return slot }
        if next == slabs.count * Self.perSlab {
            slabs.append(AlignedBuffer(count: Self.perSlab * imageBytes))
        }
        next += 1
        return next - 1
    }

    mutating func giveBack(_ slot: Int) { free.append(slot) }

    subscript(slot: Int) -> UnsafeMutablePointer<UInt8> {
        slabs[slot / Self.perSlab].base + slot % Self.perSlab * imageBytes
    }
}
