import Files

/// What to call ingredients, so that their names tell them apart.
package enum IngredientNames {
    /// A name for each path: the file's, or its folder's where the file has a name that libraries give to all; where some
    /// are alike, the parts of the paths that differ, from the right, as few as it takes.
    ///
    /// So `train/*/model_best.pth.tar` are called by their folders, and files of several runs `lr1/checkpoint-500`.
    package static func of(_ paths: [String]) -> [String] {
        var parts = paths.map(parts)
        let plain = parts.map { $0.last ?? "" }
        guard Set(plain).count < plain.count, paths.count > 1 else { return plain }
        while let last = parts[0].last, parts.allSatisfy({ $0.count > 1 && $0.last == last }) {
            for index in parts.indices { parts[index].removeLast() }
        }
        let longest = parts.map(\.count).max() ?? 1
        for depth in 1...longest {
            let ends = parts.map { Array($0.suffix(depth)) }
            guard Set(ends).count == ends.count || depth == longest else { continue }
            return joined(ends, depth)
        }
        return plain
    }

    /// Ends of paths without what is the same in all.
    private static func joined(_ ends: [[String]], _ depth: Int) -> [String] {
        guard ends.allSatisfy({ $0.count == depth }) else { return ends.map { $0.joined(separator: "/") } }
        let telling = (0..<depth).filter { place in ends.contains { $0[place] != ends[0][place] } }
        guard !telling.isEmpty else { return ends.map { $0.joined(separator: "/") } }
        return ends.map { end in telling.map { end[$0] }.joined(separator: "/") }
    }

    /// The parts of a path that may tell.
    private static func parts(_ path: String) -> [String] {
        let parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        guard let file = parts.last, parts.count > 1, isUsual(file) else { return parts }
        return parts.dropLast()
    }

    /// Whether a checkpoint's file has a name that tells nothing.
    private static func isUsual(_ name: String) -> Bool {
        name.hasSuffix(".index.json") || FolderNames.library.contains(name)
    }
}
