/// Messages between ranks that failed: a rank that is gone, a length that is wrong, an error of MPI.
///
/// Ends the run with status 1. After it the transport that threw it is not usable any more, and the other ranks may be
/// waiting: the caller ends the job with `abort`.
package struct MessagePassingError: Error, CustomStringConvertible, Sendable {
    package let rank: Int
    /// The rank at the other end, where the failure concerns one.
    package let peer: Int?
    package let problem: String

    package init(rank: Int, peer: Int? = nil, _ problem: String) {
        self.rank = rank
        self.peer = peer
        self.problem = problem
    }

    package var description: String {
        guard let peer else { return "rank \(rank): \(problem)" }
        return "rank \(rank), with rank \(peer): \(problem)"
    }
}
