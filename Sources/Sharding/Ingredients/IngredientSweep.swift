import Checkpoints
import MessagePassing
import Tensors

/// One passage of all ranks over their slices of some ingredients.
///
/// All ranks go through the same ingredients and windows in the same order, for they may be waiting for each other's
/// weights. So what fails on one rank is kept until it has sent all that it owes, and thrown by `end`. One thread
/// fetches; any number then read.
final class IngredientSweep: @unchecked Sendable {
    /// A part of every rank's slice.
    struct Window {
        /// Nil for everything.
        fileprivate let place: WeightSenders.Window?
        /// Chunks of this rank's slice: none where its part of the bucket is shorter than others.
        let chunks: Range<Int>
    }

    private let reading: IngredientReading
    private var failure: (any Error)?
    /// Whether weights did not arrive; the rank that could not read them says why.
    private var isCutOff = false
    private var incoming: AlignedBuffer<UInt8>?
    private var outgoing: AlignedBuffer<UInt8>?
    /// First element of what lies in `incoming`.
    private var firstElement = 0

    init(_ reading: IngredientReading) {
        self.reading = reading
    }

    /// The windows to go through for these ingredients: all in one where every rank can read them all.
    func windows(of ingredients: some Sequence<Int>) -> [Window] {
        let chunks = reading.chunks
        guard !ingredients.allSatisfy(reading.senders.isEverywhere) else {
            return [Window(place: nil, chunks: chunks.chunks.indices)]
        }
        return reading.senders.windows.map {
            Window(place: $0, chunks: reading.senders.chunks($0, of: chunks.parts[$0.bucket]))
        }
    }

    /// Sends an ingredient's weights in a window to the ranks that cannot read it, or receives them.
    ///
    /// * `wanted`: whether a rank needs the ingredient in these chunks of the layout; the same on every rank
    /// * throws `MessagePassingError` alone
    func fetch(
        _ ingredient: Int,
        _ window: Window,
        wanted: (Range<Int>) -> Bool = { _ in true }
    ) throws {
        let senders = reading.senders.senders[ingredient]
        guard let place = window.place, senders.contains(where: { $0 != nil }) else { return }
        let rank = reading.transport.rank
        func part(_ receiver: Int) -> Range<Int>? {
            let part = reading.shares.parts[place.bucket][receiver].chunks
            let chunks = reading.senders.chunks(place, of: part)
            return chunks.isEmpty || !wanted(chunks) ? nil : elements(chunks)
        }
        var sends: [Outgoing] = []
        var filled = 0
        for receiver in senders.indices where senders[receiver] == rank {
            guard let elements = part(receiver) else { continue }
            sends.append(Outgoing(bytes: message(ingredient, elements, at: &filled), to: receiver))
        }
        var receives: [Incoming] = []
        if let sender = senders[rank], let elements = part(rank) {
            let buffer = incoming ?? AlignedBuffer(count: messageCapacity)
            incoming = buffer
            firstElement = elements.lowerBound
            let bytes = UnsafeMutableRawBufferPointer(buffer[0..<length(ingredient, elements) + 1])
            receives.append(Incoming(bytes: bytes, from: sender))
        }
        try reading.transport.exchange(sends: sends, receives: receives)
        if let mark = receives.first?.bytes.last, mark != Self.whole { isCutOff = true }
    }

    /// Runs `body`, which reads what was fetched, unless something has failed before.
    func perform(_ body: () throws -> Void) throws {
        guard failure == nil, !isCutOff else { return }
        do {
            try body()
        } catch let error as MessagePassingError {
            throw error
        } catch {
            failure = error
        }
    }

    /// Throws what failed on the way.
    func end() throws {
        if let failure { throw failure }
    }

    /// Reads an ingredient's elements of the flat vector, within the window that was fetched last, as float32.
    func read(_ ingredient: Int, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>) throws {
        guard reading.senders.senders[ingredient][reading.transport.rank] != nil else {
            return try reading.pool.read(ingredient, range, of: reading.layout, into: target)
        }
        guard let incoming else { preconditionFailure("nothing was fetched") }
        let offset = length(ingredient, firstElement..<range.lowerBound)
        try reading.pool.decodeStored(
            ingredient,
            range,
            of: reading.layout,
            from: incoming.base + offset,
            into: target
        )
    }

    /// The last byte of every message: whether the rest of it could be read.
    private static let whole: UInt8 = 1
    private static let unread: UInt8 = 0

    private func message(
        _ ingredient: Int,
        _ elements: Range<Int>,
        at place: inout Int
    ) -> UnsafeRawBufferPointer {
        let length = length(ingredient, elements)
        let buffer = outgoing ?? AlignedBuffer(count: messageCapacity * reading.senders.mostReceivers)
        outgoing = buffer
        let bytes = buffer[place..<place + length + 1]
        place += length + 1
        let target = UnsafeMutableRawBufferPointer(bytes)
        target[length] = Self.unread
        do {
            guard let base = target.baseAddress else { return UnsafeRawBufferPointer(target) }
            try reading.pool.copyStored(ingredient, elements, of: reading.layout, into: base)
            target[length] = Self.whole
        } catch {
            // The receiver waits: it gets what there is, and learns that it is nothing to go by.
            if failure == nil { failure = error }
        }
        return UnsafeRawBufferPointer(target)
    }

    /// Room for the longest message; only what is touched takes memory.
    private var messageCapacity: Int {
        reading.senders.windowChunks * ParameterLayout.chunkLength * 4 + 1
    }

    private func elements(_ chunks: Range<Int>) -> Range<Int> {
        let all = reading.layout.chunks
        return all[chunks.lowerBound].range.lowerBound..<all[chunks.upperBound - 1].range.upperBound
    }

    /// Stored bytes of these elements; nothing where the file has no such tensors, which is found out in reading.
    private func length(_ ingredient: Int, _ elements: Range<Int>) -> Int {
        (try? reading.pool.storedByteCount(ingredient, elements, of: reading.layout)) ?? 0
    }
}
