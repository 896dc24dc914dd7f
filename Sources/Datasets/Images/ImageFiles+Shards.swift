import Archives
import Diagnostics
import Files
import Foundation

/// Tar files in WebDataset's form: the members of a sample follow each other, alike up to the first dot of their names.
extension ImageFiles {
    private static let endings: Set<String> = ["jpg", "jpeg", "png", "webp"]

    /// Ends of names of tar files; those of compressed ones, for saying that they have to be unpacked.
    private static let suffixes = [
        ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tbz2", ".tar.xz", ".txz",
    ]

    /// What stands for tar files: a path, or several as a glob or with braces.
    static func isShards(_ path: String) -> Bool { suffixes.contains(where: path.hasSuffix) }

    /// Samples in the order of the shards and of the members in them.
    ///
    /// * `labelled`: whether a sample must have a class
    static func shards(_ pattern: String, labelled: Bool = true) throws -> ImageFiles {
        var places: [Place] = []
        var labels: [Int32] = []
        var files: [MappedFile] = []
        var archives: [TarArchive] = []
        for path in try paths(pattern) {
            let file = try MappedFile(path)
            let archive = try TarArchive(file)
            archives.append(archive)
            for sample in try samples(archive, labelled: labelled) {
                places.append(.part(file: files.count, range: sample.image.range, name: sample.image.name))
                labels.append(sample.label)
            }
            files.append(file)
        }
        return ImageFiles(
            kind: files.count == 1 ? "tar file" : "row of \(files.count) tar files",
            files: files,
            places: places,
            labels: labels,
            doubts: doubts(archives),
            origins: files.map(\.identity)
        )
    }

    /// Whether there may be more samples than can be read.
    private static func doubts(_ archives: [TarArchive]) -> [Doubt] {
        let endings: [(TarArchive.Ending, String)] = [
            (.unmarked, "the end mark of a tar file is missing: it may have been cut short"),
            (
                .followed,
                "members that follow the end mark are not read: tar --concatenate joins archives, cat does not"
            ),
        ]
        return endings.compactMap { ending, text in
            let paths = archives.filter { $0.ending == ending }.map(\.file.path)
            guard let first = paths.first else { return nil }
            let others = paths.count > 1 ? " and \(paths.count - 1) more" : ""
            return Doubt(.warning, "\(first)\(others): \(text)")
        }
    }

    private static func paths(_ pattern: String) throws -> [String] {
        if FileManager.default.fileExists(atPath: pattern) { return [pattern] }
        return try Braces.expand(pattern).flatMap { try PathPatterns.expand($0, suffixes: [".tar"]) }
    }

    private struct Sample {
        let key: String
        var image: TarArchive.Member?
        var label: TarArchive.Member?
    }

    private static func samples(_ archive: TarArchive, labelled: Bool) throws -> [(
        image: TarArchive.Member, label: Int32
    )] {
        var samples: [Sample] = []
        for member in archive.members {
            // Captions, descriptions and the like belong to no sample of ours.
            guard let (key, ending) = parted(member.name),
                endings.contains(ending) || (labelled && ending == "cls") || unknown.contains(ending)
            else { continue }
            if samples.last?.key != key { samples.append(Sample(key: key)) }
            let last = samples.count - 1
            let place: WritableKeyPath<Sample, TarArchive.Member?>
            if endings.contains(ending) {
                place = \.image
            } else if ending == "cls" {
                place = \.label
            } else {
                continue
            }
            let name = "\(archive.file.path) (\(member.name))"
            guard member.isRegular else {
                throw DatasetError(name, expected: "a file", found: "a link or device")
            }
            guard samples[last][keyPath: place] == nil else {
                throw DatasetError(
                    name,
                    expected: "one image and one label per sample",
                    found: "a second one"
                )
            }
            samples[last][keyPath: place] = member
        }
        let groups = Dictionary(samples.map { ($0.key, 1) }, uniquingKeysWith: +)
        return try samples.map { sample in
            if !labelled, let image = sample.image { return (image, 0) }
            guard sample.image == nil || sample.label == nil, let count = groups[sample.key], count > 1 else {
                return try complete(sample, archive.file)
            }
            throw DatasetError(
                archive.file.path,
                part: "sample \(sample.key.abridged)",
                expected: "its members one after another, as tar --sort=name writes them",
                found: "them in \(count) places"
            )
        }
    }

    private static func complete(_ sample: Sample, _ file: MappedFile) throws -> (TarArchive.Member, Int32) {
        guard let image = sample.image else {
            throw DatasetError(
                file.path,
                part: "sample \(sample.key.abridged)",
                expected: "an image (\(endings.sorted().map { ".\($0)" }.joined(separator: ", ")))",
                found: "none"
            )
        }
        guard let label = sample.label else {
            throw DatasetError(
                file.path,
                part: "sample \(sample.key.abridged)",
                expected: "its class as a whole number in \(sample.key.abridged).cls",
                found: "no such member"
            )
        }
        let text = String(decoding: file.bytes[label.range].prefix(32), as: UTF8.self)
        let digits = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard label.range.count <= 32, let number = Int32(digits), number >= 0 else {
            throw DatasetError(
                "\(file.path) (\(label.name))",
                expected: "a class from 0 to \(Int32.max)",
                found: "\"\(digits.abridged)\""
            )
        }
        return (image, number)
    }

    /// A name up to the first dot of its last part, and what follows, in small letters.
    ///
    /// Nil for what belongs to no sample: names without a dot, such as README, and those that begin with one, as a Mac's
    /// companions of files ("._0.jpg") do.
    private static func parted(_ name: String) -> (key: String, ending: String)? {
        let parts = name.split(separator: "/").filter { $0 != "." }
        guard let base = parts.last, !base.hasPrefix("."), !parts.contains("__MACOSX"),
            let dot = base.firstIndex(of: ".")
        else { return nil }
        let key = (parts.dropLast() + [base[..<dot]]).joined(separator: "/")
        return (key, base[base.index(after: dot)...].lowercased())
    }
}
