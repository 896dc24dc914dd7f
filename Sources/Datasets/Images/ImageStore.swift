import Diagnostics
import Foundation
import Tensors

/// Images as bytes, decoded and transformed: kept within a budget, made ready ahead of time by threads of its own, or
/// else decoded when they are asked for.
///
/// Any number of threads may ask at once; `prepare` and `visit` are for one thread, while nobody reads.
final class ImageStore: @unchecked Sendable {
    let files: ImageFiles
    let transform: ImageTransform
    let size: ImageTransform.Size
    let budget: ImageBudget
    let imageBytes: Int

    private let condition = NSCondition()
    private var memory: ImageSlots
    private var entries: [Int: Entry] = [:]
    /// Being decoded by some thread.
    private var inProgress: Set<Int> = []
    private var failures: [Int: any Error] = [:]
    /// Images that are held for the coming steps whatever the budget says.
    private var expected: Set<Int> = []
    /// To be decoded in the background, the last first.
    private var queue: [Int] = []
    private var visitors: [Int: UnsafePointer<UInt8>] = [:]
    private var threads = 0

    private struct Entry {
        let slot: Int
        let isKept: Bool
    }

    /// * `size`: of every image once it is transformed
    init(_ files: ImageFiles, _ transform: ImageTransform, size: ImageTransform.Size, budget: ImageBudget) {
        self.files = files
        self.transform = transform
        self.size = size
        self.budget = budget
        imageBytes = size.height * size.width * transform.channels
        memory = ImageSlots(imageBytes: imageBytes)
    }

    deinit { budget.giveBack(entries.values.count { $0.isKept } * imageBytes) }

    /// Lends the bytes of image `index`: rows, pixels, channels.
    ///
    /// - Throws: `DatasetError` where it is broken or comes out in another size than the rest, `FileError` where it cannot
    ///   be read.
    func withBytes<Result>(_ index: Int, _ body: (UnsafePointer<UInt8>) throws -> Result) throws -> Result {
        if let ready = try claim(index) { return try body(ready) }
        let pixels = try settle(index)
        return try body(pixels.base)
    }

    /// The bytes where they are ready; nil where the caller has to `settle` the image now.
    private func claim(_ index: Int) throws -> UnsafePointer<UInt8>? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let visitor = visitors[index] { return visitor }
            if let entry = entries[index] { return UnsafePointer(memory[entry.slot]) }
            if let failure = failures[index] { throw failure }
            guard inProgress.contains(index) else {
                inProgress.insert(index)
                return nil
            }
            condition.wait()
        }
    }

    /// Decodes an image that this thread has claimed and keeps it where there is room or need.
    private func settle(_ index: Int) throws -> Pixels {
        let outcome = Swift.Result { try decode(index) }
        condition.lock()
        defer {
            inProgress.remove(index)
            condition.broadcast()
            condition.unlock()
        }
        switch outcome {
        case .failure(let error): failures[index] = error
        case .success(let pixels):
            let isKept = budget.take(imageBytes)
            if isKept || expected.contains(index) {
                let slot = memory.take()
                memory[slot].update(from: pixels.base, count: imageBytes)
                entries[index] = Entry(slot: slot, isKept: isKept)
            }
        }
        return try outcome.get()
    }

    private func decode(_ index: Int) throws -> Pixels {
        let name = files.name(index)
        let pixels = try transform.apply(to: files.decode(index), name: name)
        guard pixels.height == size.height, pixels.width == size.width else {
            throw DatasetError(
                name,
                expected: "an image of \(size.height)×\(size.width) pixels (height×width) as the others",
                found: "one of \(pixels.height)×\(pixels.width)"
            )
        }
        return pixels
    }
}

/// Ahead of time.
extension ImageStore {
    /// Has images decoded by `threads` threads in the background, in this order, and holds them until the next call.
    func prepare(_ indexes: [Int], threads wanted: Int) {
        condition.lock()
        defer { condition.unlock() }
        expected = Set(indexes)
        for (index, entry) in entries where !entry.isKept && !expected.contains(index) {
            memory.giveBack(entry.slot)
            entries[index] = nil
        }
        queue = indexes.reversed().filter { entries[$0] == nil && failures[$0] == nil }
        guard !queue.isEmpty else { return }
        while threads < wanted {
            threads += 1
            Thread { [weak self] in
                // Between two images nothing holds the store, so that it can go when nobody else does.
                while self?.prepareNext() == true {}
                ImageDecoder.endThread()
            }.start()
        }
        condition.broadcast()
    }

    /// Decodes the next image of the queue; false where the thread is not needed any more.
    private func prepareNext() -> Bool {
        condition.lock()
        while let index = queue.popLast() {
            guard entries[index] == nil, failures[index] == nil, inProgress.insert(index).inserted else {
                continue
            }
            condition.unlock()
            // A failure is kept for whoever asks for the image.
            _ = try? settle(index)
            return true
        }
        threads -= 1
        condition.unlock()
        return false
    }

    /// Takes images that others have decoded for the present step: they are lent as if they were this store's own.
    ///
    /// The bytes stay where they are, and must, until the next call.
    func visit(_ images: [Int: UnsafePointer<UInt8>]) {
        condition.lock()
        visitors = images
        condition.unlock()
    }
}
