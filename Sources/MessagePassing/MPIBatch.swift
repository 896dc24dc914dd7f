import CMPI

/// Sends and receives that are under way together; frees what MPI holds for them when it dies.
final class MPIBatch {
    private let batch: OpaquePointer
    private let rank: Int
    private var peers: [Int] = []
    /// Of all messages together.
    private(set) var byteCount = 0

    /// * `rank`: this process's, for errors
    init(capacity: Int, rank: Int) throws {
        guard let batch = cmpi_batch_create(Int32(capacity)) else {
            throw MessagePassingError(rank: rank, "no memory for \(capacity) messages")
        }
        self.batch = batch
        self.rank = rank
    }

    deinit { cmpi_batch_free(batch) }

    func receive(_ bytes: UnsafeMutableRawBufferPointer, from peer: Int) throws {
        let status = cmpi_batch_receive(batch, bytes.baseAddress, Int32(bytes.count), Int32(peer))
        try checkMPI(status, rank: rank, peer: peer)
        peers.append(peer)
        byteCount += bytes.count
    }

    func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int32) throws {
        let status = cmpi_batch_send(batch, bytes.baseAddress, Int32(bytes.count), Int32(peer), tag)
        try checkMPI(status, rank: rank, peer: peer)
        peers.append(peer)
        byteCount += bytes.count
    }

    /// Drives all messages on.
    func isDone() throws -> Bool {
        var done = false
        var failed: Int32 = -1
        let status = cmpi_batch_test(batch, &done, &failed)
        let peer = peers.indices.contains(Int(failed)) ? peers[Int(failed)] : nil
        try checkMPI(status, rank: rank, peer: peer)
        return done
    }

    /// Length and tag of the message that the receive at `index` took, once all is done.
    func received(_ index: Int, from peer: Int) throws -> (count: Int, tag: Int32) {
        var (count, tag): (Int32, Int32) = (0, 0)
        try checkMPI(cmpi_batch_received(batch, Int32(index), &count, &tag), rank: rank, peer: peer)
        return (Int(count), tag)
    }
}

/// Throws where MPI's `status` is no success.
func checkMPI(_ status: Int32, rank: Int, peer: Int?) throws {
    guard status != 0 else { return }
    throw MessagePassingError(rank: rank, peer: peer, mpiErrorText(status))
}

/// MPI's words for an error.
func mpiErrorText(_ status: Int32) -> String {
    switch status {
    case CMPI_UNAVAILABLE: return "this program was built without MPI"
    case CMPI_NO_MEMORY: return "no memory for a message"
    default: break
    }
    var text = [CChar](repeating: 0, count: 512)
    cmpi_error_text(status, &text, Int32(text.count))
    let characters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return characters.isEmpty ? "MPI error \(status)" : String(decoding: characters, as: UTF8.self)
}
