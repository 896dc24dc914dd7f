import Diagnostics

/// What one rank tells another between the messages of the run: 36 bytes that show who sends them.
struct HeartbeatFrame: Equatable {
    enum Kind: UInt8 {
        /// A rank names itself to the coordinator.
        case hello = 1
        /// The coordinator knows it.
        case welcome
        /// All is well; says where the sender is in its run.
        case beat
        /// The sender ends in good order.
        case goodbye
        /// The sender takes the job down and has said why.
        case ending
    }

    var kind: Kind
    var rank: Int
    var place = RunPlace(.starting)
    /// Of a hello: which of the rank's attempts to connect this is.
    var attempt: UInt8 = 0

    static let byteCount = 36
    static let tokenByteCount = 16
    private static let mark: [UInt8] = Array("mshb".utf8)
    private static let version: UInt8 = 1

    init(_ kind: Kind, rank: Int, place: RunPlace = RunPlace(.starting), attempt: UInt8 = 0) {
        self.kind = kind
        self.rank = rank
        self.place = place
        self.attempt = attempt
    }

    /// Mark, version, kind, attempt, zero, rank (4 bytes), place (8), token (16); numbers little-endian.
    ///
    /// * `token`: the job's own, which strangers cannot know
    func bytes(token: [UInt8]) -> [UInt8] {
        precondition(token.count == Self.tokenByteCount)
        return Self.mark + [Self.version, kind.rawValue, attempt, 0]
            + littleEndianBytes(UInt64(rank), count: 4) + littleEndianBytes(place.word, count: 8) + token
    }

    /// Whether `bytes`, the first that came in, may become a frame.
    static func mayBegin(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.prefix(mark.count).elementsEqual(mark.prefix(bytes.count))
    }

    /// Reads a frame; nil where `bytes` are none of this job's.
    init?(_ bytes: some Collection<UInt8>, token: [UInt8]) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount, Array(bytes[..<4]) == Self.mark, bytes[4] == Self.version,
            let kind = Kind(rawValue: bytes[5]), bytes[7] == 0, Array(bytes[20...]) == token,
            let place = RunPlace(word: littleEndianNumber(bytes[12..<20]))
        else { return nil }
        self.init(kind, rank: Int(littleEndianNumber(bytes[8..<12])), place: place, attempt: bytes[6])
    }
}

private func littleEndianBytes(_ number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

private func littleEndianNumber(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}
