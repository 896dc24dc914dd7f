import Archives
import Diagnostics
import Files
import Foundation

/// Tar files in WebDataset's form: the members of a sample follow each other, alike up to the first dot of their names.
extension ImageFiles {
    private static let endings: Set<String> = ["jpg", "jpeg", "png", "webp"]

    /// What stands for tar files: a path, or several as a glob or with braces.
    static func isShards(_ path: String) -> Bool { path.hasSuffix(".tar") }

    /// Samples in the order of the shards and of the members in them.
    static func shards(_ pattern: String) throws -> ImageFiles {
        var places: [Place] = []
        var labels: [Int32] = []
        var files: [MappedFile] = []
        for path in try paths(pattern) {
            let file = try MappedFile(path)
            for sample in try samples(TarArchive(file)) {
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
            origins: files.map(\.identity)
        )
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

    private static func samples(_ archive: TarArchive) throws -> [(image: TarArchive.Member, label: Int32)] {
        var samples: [Sample] = []
        for member in archive.members {
            let (key, ending) = parted(member.name)
            // Names without a dot, such as README, belong to no sample.
            guard !ending.isEmpty else { continue }
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
        return try samples.map { try complete($0, archive.file) }
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
    private static func parted(_ name: String) -> (key: String, ending: String) {
        let base = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
        guard let dot = name[base...].firstIndex(of: ".") else { return (name, "") }
        return (String(name[..<dot]), name[name.index(after: dot)...].lowercased())
    }
}
