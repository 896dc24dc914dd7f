import Foundation

/// What `ingredients.json` says: how each model of a pool was made and how good it is.
///
/// It holds nothing that depends on the machine or the number of ranks.
package struct PoolReport: Sendable, Equatable, Codable {
    package let data: String
    package let heldoutData: String?
    package let testData: String?
    package let seed: Int
    package let spread: PoolSettings.Spread
    package let lanes: Int
    package let base: ModelReport
    package let ingredients: [ModelReport]
}

/// One model of a pool.
package struct ModelReport: Sendable, Equatable, Codable {
    package let file: String
    /// Number of samples that it was trained on.
    package let samples: Int
    package let settings: TrainingSettings
    package let trainLoss: Double
    package let trainAccuracy: Double
    package var heldoutLoss: Double?
    package var heldoutAccuracy: Double?
    package var testLoss: Double?
    package var testAccuracy: Double?

    /// As `key=value` words.
    package var summary: String {
        let numbers: [(String, Double?)] = [
            ("train_loss", trainLoss), ("train_accuracy", trainAccuracy),
            ("heldout_accuracy", heldoutAccuracy),
            ("test_accuracy", testAccuracy),
        ]
        let words = numbers.compactMap { name, value in
            value.map { "\(name)=\(String(format: "%.4f", $0))" }
        }
        return
            (["model=\(file)", "learning_rate=\(settings.learningRate)", "steps=\(settings.steps)"] + words)
            .joined(separator: " ")
    }
}

/// A pool as it was made: its report, and what it took.
package struct PoolResult: Sendable {
    package let report: PoolReport
    package let seconds: Double
    package let pretrainSeconds: Double
    /// Images that training went through, base and ingredients.
    package let trainedSamples: Int
}

enum PoolJSON {
    static func encode(_ value: some Encodable, pretty: Bool) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(bytes))
    }
}
