import Foundation
import MessagePassing

/// A rank's share of its host.
struct CoreShare {
    /// Ranks on this rank's host.
    let ranks: Int
    /// Cores per rank of the host, at least 1.
    let threads: Int
}

extension Transport {
    /// How many ranks share this rank's host, and the cores that are left for each; every rank calls it.
    ///
    /// Counts the cores that this process may run on: mpirun pins it to fewer unless told `--bind-to none`.
    func coreShare() throws -> CoreShare {
        let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
        guard size > 1 else { return CoreShare(ranks: 1, threads: cores) }
        let names = try gather(Array(hostName.utf8)).map { Array($0.joined(separator: [0])) }
        let hosts = try broadcast(names).split(separator: 0, omittingEmptySubsequences: false)
        let ranks = hosts.filter { $0.elementsEqual(hostName.utf8) }.count
        return CoreShare(ranks: max(1, ranks), threads: max(1, cores / max(1, ranks)))
    }
}
