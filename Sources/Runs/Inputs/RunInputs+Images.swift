import Checkpoints
import Coordination
import Datasets
import Diagnostics
import Files
import Kernels
import MessagePassing
import Sharding
import Synchronization
import Threads
import VisionModels

/// What one rank tells the others of the data sets that it has opened.
struct DataFacts: Codable {
    /// By data set: its files.
    let origins: [[FileIdentity]]
    /// By data set: how many images of what size, and a digest of the labels.
    let contents: [String]
    let badImages: String

    init(_ datasets: [Dataset], _ settings: ImageSettings) {
        origins = datasets.map(\.origins)
        badImages = settings.badImages.rawValue
        contents = datasets.map { dataset in
            let labels = dataset.labels.map { "\($0)" }.joined(separator: ",")
            return "\(dataset.count) images \(dataset.channels)×\(dataset.height)×\(dataset.width) "
                + "(labels \(sha256(of: labels).prefix(12)))"
        }
    }

    /// Throws where a rank's data sets cannot be the same as rank 0's: work on them could not be shared.
    static func check(_ all: [DataFacts]) throws {
        for facts in all.dropFirst() {
            guard facts.origins.count == all[0].origins.count, facts.contents.count == all[0].contents.count
            else {
                throw MessageError("data sets of another run")
            }
            for (own, first) in zip(facts.contents, all[0].contents) where own != first {
                throw DifferenceError(expected: "data set of \(first)", found: own)
            }
            guard facts.badImages == all[0].badImages else {
                throw DifferenceError(
                    expected: "--on-bad-image \(all[0].badImages)",
                    found: "--on-bad-image \(facts.badImages)"
                )
            }
        }
    }
}

extension RunInputs {
    /// The data sets without images that cannot be decoded, and those by data set.
    ///
    /// Every rank calls it, and decodes its share of the images; all come to the same. What is decoded is kept where there
    /// is room.
    static func checked(
        _ datasets: [Dataset],
        _ settings: ImageSettings,
        on transport: any Transport
    ) throws -> (datasets: [Dataset], bad: [[Dataset.BadImage]]) {
        guard settings.badImages == .skip, datasets.contains(where: \.isDecoded) else {
            return (datasets, datasets.map { _ in [] })
        }
        let own = datasets.map { dataset in
            let share = ImageShares(count: dataset.count, ranks: transport.size).samples(of: transport.rank)
            return problems(dataset, dataset.isDecoded ? share : 0..<0, threads: settings.threads)
        }
        let all = try transport.share(own)
        guard all.allSatisfy({ $0.count == datasets.count }) else {
            throw MessageError("images of another run")
        }
        let bad = datasets.indices.map { index in all.flatMap { $0[index] } }
        return try transport.agreeing {
            (try zip(datasets, bad).map { try $0.leavingOut($1) }, bad)
        }
    }

    private static func problems(_ dataset: Dataset, _ samples: Range<Int>, threads: Int) -> [Dataset
        .BadImage]
    {
        let found = Mutex<[Dataset.BadImage]>([])
        Team(threads: threads).run(samples.count) { item in
            guard let problem = dataset.problem(samples.lowerBound + item) else { return }
            found.withLock { $0.append(problem) }
        }
        return found.withLock { $0.sorted { $0.place < $1.place } }
    }

    /// Lines that say which images are left out, and why.
    package var badImageLines: [String] {
        zip(datasets, badImages).flatMap { dataset, bad in
            bad.isEmpty
                ? []
                : [
                    "\(dataset.name): \(bad.count) broken \(bad.count == 1 ? "image" : "images") left out of \(bad.count + dataset.count):"
                ]
                    + bad.map { "  \($0.problem)" }
        }
    }
}
