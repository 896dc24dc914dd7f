import Checkpoints
import Coordination
import Datasets
import Diagnostics
import Files
import Foundation
import Kernels
import MessagePassing
import Sharding
import VisionModels

extension RunInputs {
    /// Opens what a run on all ranks works on; every rank calls it.
    ///
    /// An ingredient need not be on every rank: it counts where any rank finds it, and the ranks that cannot read it get
    /// its listing here and its weights when they are needed. So the inputs, and all that comes of them, are the same as
    /// where every rank finds everything. Data sets, and the graph if there is one, have to be on every rank.
    ///
    /// * throws on every rank what is wrong on any, as `Transport.agreeing` does
    package static func open(
        models: [String],
        weights: WeightsKind? = nil,
        graph: String? = nil,
        datasets: [String],
        unlabelled: String? = nil,
        images: ImageSettings = ImageSettings(),
        on transport: any Transport
    ) throws -> RunInputs {
        RunPlace.begin(.opening)
        guard transport.size > 1 else {
            return try RunInputs(
                models: models,
                weights: weights,
                graph: graph,
                datasets: datasets,
                unlabelled: unlabelled,
                images: images
            )
        }
        let listings = try transport.share(PoolListing(models))
        let finds = try transport.agreeing { try RankFinds(listings, weights, transport) }
        let ranks = try transport.share(finds.facts)
        let ingredients = try finds.ingredients(known: ranks, on: transport)
        let pool = try transport.agreeing {
            try IngredientPool(
                ingredients,
                // Where the first rank that has each finds it.
                paths: ingredients.indices.map { index in
                    ranks.lazy.compactMap { $0.ingredients[index]?.path }.first ?? ingredients[index].path
                },
                weights: weights,
                passedOver: PoolListing.doubts(listings)
            )
        }
        let description = try describe(pool, graph, transport)
        let neighbours = ranks.count { $0.host == transport.hostName }
        // The rest may be needed by what is not planned yet.
        let budget = ImageBudget(bytes: images.budget(ranks: neighbours, planned: 0) / 2)
        let (model, data): (VisionModel, [Dataset]) = try transport.agreeing {
            let model = try Self.model(pool.ingredients[0], description)
            try checkDescriptions(pool, model)
            try checkFiles(pool, model)
            return (model, try open(datasets, unlabelled: unlabelled, for: model, budget))
        }
        let facts = try transport.share(DataFacts(data, images))
        try transport.agreeing { try DataFacts.check(facts) }
        let (sound, bad) = try checked(data, images, on: transport)
        let doubts = try transport.agreeing { try Self.doubts(of: sound, model) }
        let copies = InputCopies(
            hosts: ranks.map(\.host),
            ingredients: ingredients.indices.map { index in ranks.map { $0.ingredients[index]?.identities } },
            datasets: data.indices.map { index in facts.map { $0.origins[index] } }
        )
        return RunInputs(
            pool,
            model,
            sound,
            doubts: doubts,
            images: (images, budget, bad),
            copies: copies,
            carried: try CarriedTensors.fetch(pool, model.graph.layout, copies, on: transport),
            kernelDifference: kernelDifference(ranks)
        )
    }

    /// The description beside the first ingredient, from the first rank that can read that.
    ///
    /// Ranks that can read it as well must see the same.
    private static func describe(
        _ pool: IngredientPool,
        _ graph: String?,
        _ transport: any Transport
    ) throws -> ModelDescription {
        let first = pool.ingredients[0]
        let (own, architecture) = try transport.agreeing {
            (
                first.isHere ? try ModelDescription(folder: first.folder) : nil,
                try graph.map(ArchitectureFile.init)
            )
        }
        let digests = try transport.share(architecture?.digest)
        try transport.agreeing {
            guard let path = graph, let digest = architecture?.digest, digest != digests[0] else { return }
            throw DifferenceError(
                expected: "a graph with SHA-256 \(digests[0]?.prefix(12) ?? "nothing")",
                found: "\(path) with \(digest.prefix(12))"
            )
        }
        let renamings = try transport.share(
            transport.agreeing { try architecture?.names(in: pool.ingredients) }
        )
        let named =
            renamings.lazy.compactMap(\.self).first.flatMap { architecture?.renaming($0) } ?? architecture
        let all = try transport.share(own.map { SharedDescription(folder: $0.folder, texts: $0.texts) })
        guard let rank = all.firstIndex(where: { $0 != nil }), let given = all[rank] else {
            throw MessageError("no model description")
        }
        return try transport.agreeing {
            guard own == nil || own?.texts == given.texts else {
                throw FileError(
                    own?.path ?? given.folder,
                    "expected the same description as on rank \(rank), found another"
                )
            }
            return try ModelDescription(
                folder: own?.folder ?? given.folder,
                texts: given.texts,
                architecture: named
            )
        }
    }

    /// Says so where not all ranks compute with the same kernels.
    private static func kernelDifference(_ ranks: [RankFacts]) -> String? {
        guard let other = ranks.first(where: { $0.kernels != ranks[0].kernels }) else { return nil }
        return
            "the hosts compute with different kernels (\(ranks[0].kernels) on \(ranks[0].host), \(other.kernels) on "
            + "\(other.host)): the last bits of the result depend on which rank did what; the same OPENBLAS_CORETYPE "
            + "on all hosts, as in mpirun -x OPENBLAS_CORETYPE=Haswell, makes OpenBLAS's alike"
    }
}

/// The description beside the first ingredient, for ranks that cannot read it.
private struct SharedDescription: Codable {
    let folder: String
    let texts: [String: String]
}

/// What one rank tells the others of itself and the ingredients it can read.
struct RankFacts: Codable {
    struct Ingredient: Codable {
        let path: String
        let identities: [FileIdentity]
        /// Of what is listed and the files' ends.
        let sketch: String

        /// Of all its files.
        var byteCount: Int { identities.reduce(0) { $0 &+ $1.size } }
    }

    let host: String
    let kernels: String
    /// By ingredient; nil where the rank cannot read it.
    let ingredients: [Ingredient?]
}

/// The ingredients that this rank can read, among those that any rank finds.
private struct RankFinds {
    private var opened: [Checkpoint?] = []
    /// Why a file that is there could not be opened.
    private var problems: [Int: FileError] = [:]
    let facts: RankFacts

    init(_ listings: [PoolListing], _ weights: WeightsKind?, _ transport: any Transport) throws {
        let rank = transport.rank
        guard listings[rank].patternCount == listings[0].patternCount else {
            throw DifferenceError(
                expected: "\(listings[0].patternCount) --models",
                found: "\(listings[rank].patternCount)"
            )
        }
        let places = try PoolListing.merged(listings)
        try IngredientPool.checkDistinct(places.compactMap { $0.paths[rank] })
        for (index, place) in places.enumerated() {
            do {
                opened.append(try place.paths[rank].map { try Checkpoint($0, weights: weights) })
            } catch let error as FileError {
                // Another rank may be able to.
                opened.append(nil)
                problems[index] = error
            }
        }
        facts = RankFacts(
            host: transport.hostName,
            kernels: KernelSet.current.description(.bf16),
            ingredients: opened.map { file in
                file.flatMap { file in
                    file.identities.map {
                        RankFacts.Ingredient(path: file.path, identities: $0, sketch: file.sketch())
                    }
                }
            }
        )
    }

    /// All ingredients: those of this rank, and the listings of the others.
    ///
    /// * `ranks`: what all ranks said of themselves
    func ingredients(known ranks: [RankFacts], on transport: any Transport) throws -> [Checkpoint] {
        guard ranks.allSatisfy({ $0.ingredients.count == opened.count }) else {
            throw MessageError("ingredients of another run")
        }
        try transport.agreeing {
            for index in opened.indices {
                let readers = ranks.indices.filter { ranks[$0].ingredients[index] != nil }
                if readers.isEmpty, let problem = problems[index] { throw problem }
                try check(index, ranks, readers)
            }
        }
        var listings: [Int: [UInt8]] = [:]
        for index in opened.indices where ranks.contains(where: { $0.ingredients[index] == nil }) {
            guard let giver = ranks.firstIndex(where: { $0.ingredients[index] != nil }) else {
                throw MessageError("an ingredient that no rank can read")
            }
            let own =
                transport.rank == giver ? try opened[index].map { try JSONEncoder().encode($0.listing) } : nil
            listings[index] = try transport.broadcast(own.map(Array.init), from: giver)
        }
        return try transport.agreeing {
            try opened.indices.map { index in
                if let file = opened[index] { return file }
                guard let listing = listings[index],
                    let (file, host) = ranks.lazy.compactMap({ rank in
                        rank.ingredients[index].map { ($0, rank.host) }
                    }).first
                else { throw MessageError("no listing of an ingredient") }
                return try Checkpoint(
                    file.path,
                    listing: try Self.decoded(listing),
                    sketch: file.sketch,
                    host: host
                )
            }
        }
    }

    private static func decoded(_ bytes: [UInt8]) throws(MessageError) -> CheckpointListing {
        do {
            return try JSONDecoder().decode(CheckpointListing.self, from: Data(bytes))
        } catch {
            throw MessageError("no listing of a checkpoint in \(bytes.count) bytes")
        }
    }

    /// Throws where two ranks' files of one name differ at first sight: in length, header or ends.
    private func check(_ index: Int, _ ranks: [RankFacts], _ readers: [Int]) throws {
        func content(_ file: RankFacts.Ingredient) -> String {
            "\(file.byteCount) bytes (header and ends \(file.sketch.prefix(12))…)"
        }
        guard let first = readers.first, let expected = ranks[first].ingredients[index] else { return }
        for rank in readers {
            guard let found = ranks[rank].ingredients[index],
                found.byteCount != expected.byteCount || found.sketch != expected.sketch
            else { continue }
            throw CopyError(
                name: expected.path,
                expected: "the same contents",
                found: [
                    (content(expected), first, ranks[first].host), (content(found), rank, ranks[rank].host),
                ]
            )
        }
    }
}
