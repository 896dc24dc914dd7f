/// One system of the comparison: a row of the table and of the picture.
package struct SystemRow: Sendable, Equatable {
    /// As on the command line: "best", "greedy", "mehl+"; different from the others'.
    package var name: String
    /// What it is in a few words, as "MEHL-Soup+, per tensor" or "model_03.safetensors".
    package var label: String
    package var heldOut: Score?
    package var test: Score?
    /// Whether it is the one to take: a star and the word "winner" beside its name.
    package var isBest: Bool
    package var seconds: Double?
    package var steps: Int?
    package var peakMiB: Double?
    package var temperature: Double?
    /// Number of groups with coefficients of their own.
    package var groups: Int?

    package init(
        name: String,
        label: String = "",
        heldOut: Score? = nil,
        test: Score? = nil,
        isBest: Bool = false,
        seconds: Double? = nil,
        steps: Int? = nil,
        peakMiB: Double? = nil,
        temperature: Double? = nil,
        groups: Int? = nil
    ) {
        self.name = name
        self.label = label
        self.heldOut = heldOut
        self.test = test
        self.isBest = isBest
        self.seconds = seconds
        self.steps = steps
        self.peakMiB = peakMiB
        self.temperature = temperature
        self.groups = groups
    }
}

/// How right a system is on one data set; accuracies are shares, 0…1.
package struct Score: Sendable, Equatable {
    /// Over the seeds, where there are several.
    package var accuracy: Double
    /// Bounds of the 95% interval.
    package var interval: ClosedRange<Double>?
    /// Of the accuracy over the seeds; nil for one seed.
    package var standardDeviation: Double?
    package var loss: Double?
    package var samples: Int
    package var seeds: Int

    package init(
        accuracy: Double,
        interval: ClosedRange<Double>? = nil,
        standardDeviation: Double? = nil,
        loss: Double? = nil,
        samples: Int,
        seeds: Int = 1
    ) {
        self.accuracy = accuracy
        self.interval = interval
        self.standardDeviation = standardDeviation
        self.loss = loss
        self.samples = samples
        self.seeds = seeds
    }
}
