import Foundation

/// Memory of this host, or of the container that this process runs in, that nobody uses.
package enum SpareMemory {
    /// What each of `ranks` ranks on this host can have; nil where the system does not say.
    package static func bytes(ranks: Int) -> Int? {
        guard let host = field("MemAvailable:", in: "/proc/meminfo").map({ $0 * 1024 }) else { return nil }
        // A container's limit, where there is one: a number or "max" (control groups, version 2).
        guard let limit = number(in: "/sys/fs/cgroup/memory.max"),
            let used = number(in: "/sys/fs/cgroup/memory.current")
        else { return host / max(ranks, 1) }
        return min(host, max(limit - used, 0)) / max(ranks, 1)
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
