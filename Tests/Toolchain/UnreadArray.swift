// Swift 6.3.1 with -O frees an array made of an UnsafeBufferPointer that nobody reads before it fills it: the copy then
// writes into memory that is no longer the array's. `scripts/toolchain` says whether the compiler at hand still does.
import Glibc

final class Owner {
    private let base: UnsafeMutablePointer<Float>

    init(_ count: Int) {
        base = .allocate(capacity: count)
        base.initialize(repeating: 1, count: count)
    }

    deinit { base.deallocate() }

    @inline(never) func compute(_ count: Int) throws -> UnsafeMutablePointer<Float>? {
        count > 0 ? base : nil
    }
}

private func numbers(_ count: Int) throws -> [Float]? {
    let owner = Owner(count)
    let result = try owner.compute(count)
    return result.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
}

@inline(never) func throwAway(_ count: Int) throws {
    for _ in 0..<2 { _ = try numbers(count) }
}

// Holes as long as the array (32 bytes ahead of 4 a number) between blocks in use: what lies behind such a hole is its
// length, which glibc checks and the copy writes over. Anywhere else the write does no harm that shows.
let count = 561
let blocks = (0..<64).map { _ in malloc(32 + 4 * count) }
for index in stride(from: 1, to: 63, by: 2) { free(blocks[index]) }
free(malloc(1 << 16))
try throwAway(count)
for size in stride(from: 3000, to: 60_000, by: 1000) { free(malloc(size)) }
