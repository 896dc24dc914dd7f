import Foundation
import MessagePassing

/// A rank's share of its host.
struct CoreShare {
    /// Ranks on this rank's host.
    let ranks: Int
    /// Cores that this rank may run on, shared with others or not.
    let cores: Int
    /// Cores for this rank's threads, at least 1.
    let threads: Int

    static let allowedThreads = 1...4096

    /// What `--threads` comes to: the rank's share where nothing was said.
    func threads(_ given: Int?) throws -> Int {
        try Options.integer(given ?? threads, "threads", in: Self.allowedThreads)
    }

    /// What to say where threads are more than cores; nil where they are not.
    func warning(ofThreads threads: Int) -> String? {
        guard threads > cores else { return nil }
        return
            "--threads \(threads): a rank may run on \(cores.of("core")) here; more threads than cores are slower"
    }
}

extension Transport {
    /// How many ranks share this rank's host, and the cores that are left for each; every rank calls it.
    ///
    /// Ranks that may run on the same cores divide them; where mpirun bound each to cores of its own, those are its.
    func coreShare() throws -> CoreShare {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let cores = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
        // A mask in hexadecimal: a bit per core that this process may run on.
        let bits = cores.dropFirst("Cpus_allowed:".count).compactMap(\.hexDigitValue).map(\.nonzeroBitCount)
        let count = max(1, bits.isEmpty ? ProcessInfo.processInfo.activeProcessorCount : bits.reduce(0, +))
        guard size > 1 else { return CoreShare(ranks: 1, cores: count, threads: count) }
        let own = "\(hostName)\n\(cores)"
        let gathered = try gather(Array(own.utf8)).map { Array($0.joined(separator: [0])) }
        let all = try broadcast(gathered).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let onHost = all.filter { $0.hasPrefix("\(hostName)\n") }.count
        let onCores = all.filter { $0 == own }.count
        return CoreShare(ranks: max(1, onHost), cores: count, threads: max(1, count / max(1, onCores)))
    }
}
