import Foundation

/// Several methods on the same ingredients and data: `compare.json`.
package struct Comparison: Codable, Sendable {
    /// One method over all its seeds.
    package struct System: Codable, Sendable {
        package let method: String
        /// One for each seed, or one where the method has nothing random.
        package let runs: [RunMetrics]
        package let heldout: Statistic
        package let test: Statistic?
        /// Means over the runs.
        package let seconds: Double
        package let steps: Int
        package let temperature: Double
        /// Of the run that needed most.
        package let peakRssMib: Double
        package let groups: Int
        /// Σ over groups of α, weighted with the groups' parameters: one per ingredient, the mean over the runs.
        package let effectiveCoefficients: [Double]
    }

    /// Accuracy and loss on one data set.
    package struct Statistic: Codable, Sendable {
        /// The mean over the seeds.
        package let accuracy: Double
        /// Sample standard deviation over the seeds; none for one run.
        package let standardDeviation: Double?
        /// The 95% interval (Wilson) of the mean as a share of `samples`.
        package let low: Double
        package let high: Double
        package let loss: Double
        package let samples: Int

        /// * `samples`: images of the data set, the same for all runs
        init(accuracies: [Double], losses: [Double], samples: Int) {
            let count = Double(accuracies.count)
            let mean = accuracies.reduce(0, +) / count
            accuracy = mean
            let squares = accuracies.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            standardDeviation = accuracies.count > 1 ? (squares / (count - 1)).squareRoot() : nil
            let bounds = wilsonInterval(mean, count: samples)
            (low, high) = (bounds.lowerBound, bounds.upperBound)
            loss = losses.reduce(0, +) / count
            self.samples = samples
        }
    }

    package let programVersion: String
    package let ingredients: [String]
    package let seeds: [UInt64]
    package let options: [String: String]
    package let systems: [System]
    package let findings: [RunFinding]

    /// * `results`: every method's runs, in the order in which they are to be shown
    package init(
        version: String,
        seeds: [UInt64],
        options: [(name: String, value: String)],
        results: [[RunResult]]
    ) {
        programVersion = version
        ingredients = results.first?.first?.ingredients ?? []
        self.seeds = seeds
        self.options = Dictionary(options.map { ($0.name, $0.value) }) { first, _ in first }
        systems = results.filter { !$0.isEmpty }.map { System($0) }
        findings = Self.findings(systems)
    }

    /// The system that is most accurate on the test data; none where there is none.
    package var best: System? {
        systems.filter { $0.test != nil }.max {
            ($0.test ?? $0.heldout).accuracy < ($1.test ?? $1.heldout).accuracy
        }
    }

    /// Pretty-printed JSON with sorted keys; on one line for `--json`.
    package func json(pretty: Bool) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private static func findings(_ systems: [System]) -> [RunFinding] {
        let plain = systems.filter { SoupMethod(rawValue: $0.method)?.learns == false }
        let learned = systems.filter { SoupMethod(rawValue: $0.method)?.learns == true }
        func most(_ systems: [System]) -> System? {
            systems.max { ($0.test ?? $0.heldout).accuracy < ($1.test ?? $1.heldout).accuracy }
        }
        guard let rival = most(plain), let soup = most(learned) else { return [] }
        guard soup.test != nil else {
            let text =
                "without --eval-data nobody can say which is best: the held-out images are those that the "
                + "coefficients were learned on"
            return [RunFinding(.warning, text)]
        }
        let (own, other) = (soup.test ?? soup.heldout, rival.test ?? rival.heldout)
        let numbers =
            "\(percent(own.accuracy)) (\(soup.method)) against \(percent(other.accuracy)) (\(rival.method)) on "
            + (soup.test == nil ? "the held-out data" : "the test data")
        guard own.accuracy > other.accuracy else {
            return [RunFinding(.warning, "no learned soup does better than the best plain one: \(numbers)")]
        }
        if own.low <= other.high {
            let text =
                "the best learned soup is ahead, by less than \(own.samples) images can tell: \(numbers)"
            return [RunFinding(.note, text)]
        }
        return [RunFinding(.good, "learning pays here: \(numbers)")]
    }

    private static func percent(_ share: Double) -> String { String(format: "%.2f%%", 100 * share) }
}

extension Comparison.System {
    init(_ results: [RunResult]) {
        let runs = results.map(\.metrics)
        func mean(_ value: (RunMetrics) -> Double) -> Double {
            runs.map(value).reduce(0, +) / Double(runs.count)
        }
        method = runs[0].method
        self.runs = runs
        heldout = Comparison.Statistic(
            accuracies: runs.map(\.heldoutAccuracy),
            losses: runs.map(\.heldoutLoss),
            samples: runs[0].heldoutSamples
        )
        let (accuracies, losses) = (runs.compactMap(\.testAccuracy), runs.compactMap(\.testLoss))
        test = runs[0].testSamples.map {
            Comparison.Statistic(accuracies: accuracies, losses: losses, samples: $0)
        }
        seconds = mean(\.seconds)
        steps = runs[0].steps
        temperature = mean(\.temperature)
        peakRssMib = runs.map(\.peakRssMib).max() ?? 0
        groups = runs[0].groups
        let shares = results.map(\.effectiveCoefficients)
        effectiveCoefficients = shares[0].indices.map { ingredient in
            shares.map { $0[ingredient] }.reduce(0, +) / Double(shares.count)
        }
    }
}

/// The 95% interval of a share that was found on `count` samples (Wilson, 1927).
package func wilsonInterval(_ share: Double, count: Int) -> ClosedRange<Double> {
    let z = 1.959963984540054
    let n = Double(max(count, 1))
    let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, centre - half)...min(1, centre + half)
}
