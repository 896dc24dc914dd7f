import Datasets
import Foundation

/// How image files are dealt with; arrays know nothing of it.
package struct ImageSettings: Sendable, Equatable {
    /// What becomes of an image that cannot be decoded.
    package enum BadImages: String, Sendable, CaseIterable {
        /// It ends the run when it is met.
        case stop
        /// All images are decoded before the run begins; those that cannot be are left out.
        case skip
    }

    package var badImages: BadImages
    /// Bytes of decoded images that a rank keeps; nil for half of what the host has to spare for it.
    package var memory: Int?
    /// Threads that decode.
    package var threads: Int

    package init(badImages: BadImages = .stop, memory: Int? = nil, threads: Int = 1) {
        self.badImages = badImages
        self.memory = memory
        self.threads = threads
    }

    /// What a rank may keep, one of `ranks` on its host.
    ///
    /// * `planned`: bytes that the rank is still going to need for other things
    func budget(ranks: Int, planned: Int) -> Int {
        memory ?? max(SpareMemory.bytes() / max(ranks, 1) - planned, 0) / 2
    }
}

/// Memory of this host, or of the container that this process runs in, that nobody uses.
enum SpareMemory {
    /// 0 where the system does not say.
    static func bytes() -> Int {
        let host = field("MemAvailable:", in: "/proc/meminfo").map { $0 * 1024 } ?? 0
        // A container's limit, where there is one: a number or "max" (control groups, version 2).
        guard let limit = number(in: "/sys/fs/cgroup/memory.max"),
            let used = number(in: "/sys/fs/cgroup/memory.current")
        else { return host }
        return min(host, max(limit - used, 0))
    }

    private static func field(_ name: String, in path: String) -> Int? {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.dropFirst(name.count).split(separator: " ").first.flatMap { Int($0) }
    }

    private static func number(in path: String) -> Int? {
        (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
            Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }
}
