/// Elements of parameters of one group.
struct Piece: Sendable {
    struct Segment: Sendable {
        let parameter: Int
        /// Of the parameter.
        let elements: Range<Int>
    }

    let group: Int
    var segments: [Segment] = []
    var count = 0

    init(group: Int) { self.group = group }
}

/// What a piece shows.
struct Findings: Sendable {
    var gram: GramMatrix
    var sameAs: [Int]
    /// By segment.
    var isIdentical: [Bool]
    var unusable: [UnusableWeights?]
}
