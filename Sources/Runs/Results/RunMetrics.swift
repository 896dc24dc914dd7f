import Files
import Foundation

/// What a run came to: `metrics.json`, and the object that `--json` prints.
package struct RunMetrics: Codable, Sendable {
    package var method: String
    package var granularity: String
    package var ingredients: Int
    package var groups: Int
    package var parameters: Int
    /// Number of tensors that are "mixed", "kept" as the first ingredient has them, "tied" to one of these, and "carried"
    /// along from the first ingredient; nil of runs by earlier versions.
    package var tensors: [String: Int]?
    package var heldoutAccuracy: Double
    package var heldoutLoss: Double
    package var heldoutSamples: Int
    package var testAccuracy: Double?
    package var testLoss: Double?
    package var testSamples: Int?
    package var seconds: Double
    package var secondsPerStep: Double
    package var steps: Int
    /// Seconds per phase of all steps together, as rank 0 saw them.
    package var phaseSeconds: [String: Double]
    /// Of the rank that needed most.
    package var peakRssMib: Double
    /// What rank 0's memory is made of, in MiB.
    package var memoryMib: [String: Double]
    package var ranks: Int
    package var threads: Int
    /// Lanes at once on rank 0, each with its share of the threads; nil of runs by earlier versions.
    package var lanesInFlight: Int?
    /// Payload bytes that all ranks together sent, over the whole run.
    package var bytesSent: Int
    /// The same per rank and step.
    package var bytesSentPerRankAndStep: Double
    package var kernels: String
    /// Those of the soup's batch norms, "mixed" or "measured"; nil where it has none, and of an ingredient as it is.
    package var statistics: String?
    /// What the logits are to be multiplied by.
    package var temperature: Double
    package var seed: UInt64
    /// Of the part of the held-out data that was set aside.
    package var monitorAccuracy: Double?
    package var monitorLoss: Double?
    package var monitorSamples: Int?
    /// What was written: the method, what was chosen, or what --guard wrote in its stead.
    package var written: String
    package var findings: [RunFinding]
    /// How every ingredient does by itself; nil where nobody looked, and of runs by earlier versions.
    package var look: LookTable?
    /// The ingredient to beat; nil as above.
    package var best: BestIngredient?
    /// How it does on held-out images that it had no part in, beside what it was chosen from; nil without folds.
    package var outOfFold: OutOfFoldTable?

    /// Pretty-printed JSON with sorted keys; on one line for `--json`.
    package func json(pretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = pretty ? [.prettyPrinted, .sortedKeys] : [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

/// How the most accurate ingredient of the look does on the images that the soup is judged by.
package struct BestIngredient: Codable, Sendable, Equatable {
    /// The method of that name writes it.
    package static let method = BestRecipe().name

    package let name: String
    package let path: String
    package let heldoutAccuracy: Double
    /// Nil where it is not finite.
    package let heldoutLoss: Double?
    package let testAccuracy: Double?
    package let testLoss: Double?
}

extension RunMetrics {
    /// Reads what `json` wrote.
    init(path: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(RunMetrics.self, from: Data(MappedFile(path).text().utf8))
        } catch let error as DecodingError {
            throw FileError(path, "expected the metrics of a run, found something else: \(error)")
        }
    }
}
