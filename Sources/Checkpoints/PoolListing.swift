import Diagnostics
import Files

/// The ingredients' files that one rank finds under the patterns of `--models`.
///
/// Ranks find different ones where checkpoints lie on local disks: a listing travels, and all of them make the pool.
package struct PoolListing: Codable, Sendable, Equatable {
    /// What one pattern leads to on one rank: nothing where it matches nothing there.
    struct Match: Codable, Sendable, Equatable {
        /// By name; in no order.
        var files: [File] = []
        /// What lies in the folders and is no ingredient.
        var passedOver: [PassedOver] = []
        /// Whether it is a folder that `mehlsoup ingredients` filled.
        var isMadePool = false
        /// What there is to say where it matches nothing.
        var problem: Problem?
    }

    struct File: Codable, Sendable, Equatable {
        /// What tells it from the pattern's other files: in a folder its path from there, the path as a glob gives it,
        /// and nothing where the pattern is the file.
        let name: String
        let path: String
    }

    struct Problem: Codable, Sendable, Equatable {
        let path: String
        let text: String
    }

    let matches: [Match]

    package init(_ patterns: [String]) {
        matches = patterns.map { pattern in
            do throws(FileError) {
                return try Match(pattern)
            } catch {
                return Match(problem: Problem(path: error.path, text: error.problem))
            }
        }
    }

    /// An ingredient, and its file on every rank.
    package struct Place: Sendable, Equatable {
        /// By rank; nil where the rank does not find it.
        package let paths: [String?]
    }

    /// The ingredients of all ranks: pattern by pattern, each in natural order.
    ///
    /// `listings` are one per rank, of equally many patterns. Throws `FileError` where a pattern matches nothing on any
    /// rank, or no ingredient.
    package static func merged(_ listings: [PoolListing]) throws -> [Place] {
        var places: [Place] = []
        for index in listings[0].matches.indices {
            places += try merged(listings.map { $0.matches[index] })
        }
        guard !places.isEmpty else {
            throw CheckpointError("models", expected: "at least one file", found: "none")
        }
        return places
    }

    /// What looks wrong about what the patterns lead to: what is passed over, each thing once.
    ///
    /// A run whose checkpoint lies on the disk of another rank is none of it.
    package static func doubts(_ listings: [PoolListing]) -> [Doubt] {
        listings[0].matches.indices.flatMap { index in
            let matches = listings.map { $0.matches[index] }
            let runs = Set(matches.flatMap(\.files).map { String($0.name.prefix { $0 != "/" }) })
            var seen: Set<[String]> = []
            return matches.flatMap(\.passedOver).filter { thing in
                let isMissed =
                    ![.deeper, .foreign, .noWeights].contains(thing.reason) || !runs.contains(thing.run)
                return isMissed && seen.insert([thing.reason.rawValue, thing.name]).inserted
            }.doubts
        }
    }

    package var patternCount: Int { matches.count }

    private static func merged(_ matches: [Match]) throws(FileError) -> [Place] {
        var paths: [String: [String?]] = [:]
        for (rank, match) in matches.enumerated() {
            for file in match.files {
                paths[file.name, default: Array(repeating: nil, count: matches.count)][rank] = file.path
            }
        }
        let isMadePool = matches.contains { $0.isMadePool }
        if isMadePool, paths.removeValue(forKey: "base.safetensors") != nil, paths.isEmpty {
            let folder =
                matches.lazy.compactMap { $0.files.first }.first.map { Files.folder(of: $0.path) } ?? ""
            throw FileError(folder, "expected ingredients, found base.safetensors alone")
        }
        if paths.isEmpty, let problem = matches.lazy.compactMap(\.problem).first {
            throw FileError(problem.path, problem.text)
        }
        return paths.sorted { PathPatterns.naturallyPrecedes($0.key, $1.key) }.map { Place(paths: $0.value) }
    }
}

extension PoolListing.Match {
    fileprivate init(_ pattern: String) throws(FileError) {
        guard !CheckpointFolder.isFolder(pattern) else {
            let folder = try CheckpointFolder(pattern)
            let contents = try folder.contents()
            files = contents.ingredients.map {
                PoolListing.File(name: $0, path: "\(folder.path)/\($0)")
            }
            passedOver = contents.passedOver
            isMadePool = folder.contains("ingredients.json")
            return
        }
        for path in try PathPatterns.expand(pattern, suffixes: []) {
            if CheckpointFolder.isFolder(path) {
                let contents = try CheckpointFolder(path).contents()
                for name in contents.ingredients {
                    files.append(PoolListing.File(name: "\(path)/\(name)", path: "\(path)/\(name)"))
                }
                passedOver += contents.passedOver
            } else {
                files.append(PoolListing.File(name: path == pattern ? "" : path, path: path))
            }
        }
    }
}
