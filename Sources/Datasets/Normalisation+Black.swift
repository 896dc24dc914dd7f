extension Normalisation {
    /// What a black pixel of a data set becomes, per channel; 0 for images that are not normalised on reading.
    package func black(of dataset: Dataset) -> [Float] {
        guard dataset.isNormalised else { return Array(repeating: 0, count: dataset.channels) }
        return zip(mean, std).map { -$0 / $1 }
    }
}
