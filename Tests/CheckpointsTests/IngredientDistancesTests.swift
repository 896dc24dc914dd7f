import Checkpoints
import Tensors
import TestSupport
import Testing

@Suite struct IngredientDistancesTests {
    @Test func distancesOfASmallPool() throws {
        // Their mean is (3, 4, 0).
        let pool = try SmallPool([[3, 4, 6], [0, 4, -2], [6, 4, -4]])
        let distances = try IngredientDistances(of: pool.opened)
        expectClose([distances.whole.normOfMean], [5])
        expectClose(distances.whole.fromMean, [6, Double(13).squareRoot(), 5])
        #expect(distances.duplicates.isEmpty && distances.identical.isEmpty)
        #expect(distances.unusable == [nil, nil, nil] as [UnusableWeights?])
    }

    @Test(arguments: [1, 3]) func longVectorsInPieces(threads: Int) throws {
        // Four ingredients of 900,000 numbers: more than one piece. Ingredient k is k in the first place and 2k in the
        // last; b and c of the first differ only there.
        let count = 900_000
        func vector(_ first: Float, _ last: Float) -> [Float] {
            [first] + Array(repeating: 0.5, count: count - 2) + [last]
        }
        let pool = try SmallPool([vector(0, 8), vector(4, 0), vector(4, 8), vector(0, 8)])
        let distances = try IngredientDistances(of: pool.opened, threads: threads)
        // The mean's ends are 2 and 6.
        expectClose(distances.whole.fromMean, [8.0, 40, 8, 8].map { $0.squareRoot() })
        expectClose([distances.whole.normOfMean], [(40 + 0.25 * Double(count - 2)).squareRoot()])
        #expect(distances.duplicates == [[0, 3]])
    }

    @Test func groupsByLayer() throws {
        // "body" is the first two tensors, "head" the third; the means are (2, 0 | 0) and (0 | 3).
        let sizes = [("a", 2), ("b", 1), ("c", 1)]
        let pool = try SmallPool([[1, 0, 0, 3], [2, 3, 0, 3], [3, -3, 0, 3]], tensors: sizes)
        let layout = ParameterLayout([
            (name: "a", shape: [2], layer: "body"), (name: "b", shape: [1], layer: "body"),
            (name: "c", shape: [1], layer: "head"),
        ])
        let distances = try IngredientDistances(of: pool.opened, layout: layout)
        #expect(distances.groups.map(\.name) == ["body", "head"])
        #expect(distances.groups.map(\.parameters) == [3, 1])
        expectClose(distances.groups.map(\.normOfMean), [2, 3])
        expectClose(distances.groups[0].fromMean, [1, 3, Double(10).squareRoot()])
        #expect(distances.groups[1].fromMean == [0, 0, 0] as [Double?])
        #expect(distances.identical == ["b", "c"])
        let tensors = try IngredientDistances(of: pool.opened, layout: layout, granularity: .tensor)
        #expect(tensors.groups.map(\.name) == ["a", "b", "c"])
    }

    @Test(arguments: [3, 4, 5, 8, 20]) func oneIngredientFarOff(count: Int) throws {
        // Each is moved by 1 along an axis of its own, one by 10.
        let odd = count / 2
        let pool = try SmallPool(
            (0..<count).map { index in axis(index, of: count, length: index == odd ? 10 : 1) }
        )
        let distances = try IngredientDistances(of: pool.opened)
        #expect(distances.outliers.map(\.ingredient) == [odd])
        let outlier = try #require(distances.outliers.first)
        #expect(outlier.isWhole && outlier.group == 0)
        // The core is as many as make more than half, of which some other ingredient is perhaps left out.
        let core = Double(count / 2 + 1)
        let own = (1 + 1 / (core - 1)).squareRoot()
        let far = (100 + 1 / core).squareRoot()
        expectClose([distances.whole.fromOthers[odd]], [far])
        expectClose([distances.whole.fromOthers[0]], [own])
        if count > 2 * (odd + 1) { expectClose([outlier.ratio], [far / own]) }
        // Where the mean of all is the measure, three ingredients can never be told apart by more than a factor of 2.
        #expect(
            try IngredientDistances(of: SmallPool((0..<count).map { axis($0, of: count, length: 1) }).opened)
                .outliers.isEmpty
        )
    }

    @Test func aWideRangeOfDistancesIsNoOutlier() throws {
        // From 1 to 128: half of them are more than 3 times the other half.
        let pool = try SmallPool((0..<8).map { axis($0, of: 8, length: Float(1 << $0)) })
        #expect(try IngredientDistances(of: pool.opened).outliers.isEmpty)
    }

    @Test func oneGroupFarOff() throws {
        // The head of d is another one altogether, which the body's numbers outweigh.
        func ingredient(_ index: Int, head: Float) -> [Float] {
            axis(index, of: 6, length: 100) + axis(index, of: 6, length: head)
        }
        let pool = try SmallPool(
            (0..<6).map { ingredient($0, head: $0 == 3 ? 20 : 1) },
            tensors: [("body", 6), ("head", 6)]
        )
        let distances = try IngredientDistances(of: pool.opened)
        let outlier = try #require(distances.outliers.first)
        #expect(distances.outliers.count == 1)
        #expect(outlier.ingredient == 3 && !outlier.isWhole)
        #expect(distances.groups[outlier.group].name == "head")
        #expect(outlier.groupRatio > 10 && outlier.ratio < 1.1)
    }

    @Test func duplicatesDoNotMakeTheOthersOutliers() throws {
        let vectors = [axis(0, of: 4, length: 1), axis(0, of: 4, length: 1), axis(0, of: 4, length: 1)]
        let pool = try SmallPool(vectors + [axis(1, of: 4, length: 1), axis(2, of: 4, length: 1)])
        let distances = try IngredientDistances(of: pool.opened)
        #expect(distances.duplicates == [[0, 1, 2]])
        #expect(distances.outliers.isEmpty)
        #expect(distances.whole.fromOthers[1] == distances.whole.fromOthers[0])
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, 3e20]) func aDivergedIngredient(value: Float) throws {
        var vectors = (0..<4).map { axis($0, of: 4, length: 1) }
        let without = try IngredientDistances(of: SmallPool(Array(vectors.dropFirst())).opened)
        vectors[0][1] = value
        vectors[0][3] = value
        let distances = try IngredientDistances(
            of: SmallPool(vectors, tensors: [("a", 1), ("b", 3)]).opened
        )
        let unusable = try #require(distances.unusable[0])
        #expect(unusable.count == 2 && unusable.tensor == "b" && unusable.element == 0)
        #expect(unusable.value.bitPattern == value.bitPattern)
        #expect(distances.unusable.dropFirst().allSatisfy { $0 == nil })
        // The others are measured as if it were not there.
        #expect(distances.whole.fromMean[0] == nil)
        expectClose(Array(distances.whole.fromMean.dropFirst()), without.whole.fromMean)
        expectClose([distances.whole.normOfMean], [without.whole.normOfMean])
        expectClose(Array(distances.whole.fromOthers.dropFirst()), without.whole.fromOthers)
    }

    @Test func allIngredientsDiverged() throws {
        let distances = try IngredientDistances(of: SmallPool([[.nan, 1], [.nan, 1]]).opened)
        #expect(distances.whole.fromMean == [nil, nil] as [Double?])
        #expect(distances.duplicates == [[0, 1]])
        #expect(distances.outliers.isEmpty)
    }

    @Test func whatIsCloseIsMeasuredBesideWhatIsFar() throws {
        // A million times as far off as the others lie from each other, and the first in the pool.
        let count = 6
        let pool = try SmallPool((0..<count).map { axis($0, of: count, length: $0 == 0 ? 1e6 : 1) })
        let distances = try IngredientDistances(of: pool.opened)
        #expect(distances.outliers.map(\.ingredient) == [0])
        // The core is four of the five others.
        expectClose(
            Array(distances.whole.fromOthers[1...4]),
            Array(repeating: (4.0 / 3).squareRoot(), count: 4)
        )
        expectClose([distances.whole.fromOthers[5]], [(1 + 1.0 / 4).squareRoot()])
    }

    @Test func frozenInAllButOne() throws {
        // The second tensor is zero everywhere but in c.
        let vectors = (0..<5).map { axis($0, of: 5, length: 1) + [$0 == 2 ? 0.25 : 0] }
        let distances = try IngredientDistances(
            of: SmallPool(vectors, tensors: [("a", 5), ("b", 1)]).opened
        )
        let outlier = try #require(distances.outliers.first)
        #expect(outlier.ingredient == 2 && !outlier.isWhole && distances.groups[outlier.group].name == "b")
        #expect(outlier.groupRatio > 1000 && outlier.groupRatio.isFinite)
    }

    @Test func nothingButZeros() throws {
        let distances = try IngredientDistances(of: SmallPool([[0, 0], [0, -0.0], [0, 0]]).opened)
        #expect(distances.whole.fromMean == [0, 0, 0] as [Double?])
        #expect(distances.duplicates == [[0, 2]])
        #expect(distances.outliers.isEmpty)
    }
}

/// `length` along one of `count` axes, from a point that is not zero.
private func axis(_ index: Int, of count: Int, length: Float) -> [Float] {
    var vector = Array(repeating: Float(2), count: count)
    vector[index] += length
    return vector
}

/// Element by element, |a − b| ≤ 1e-6·|b|: products are taken in single precision.
private func expectClose(
    _ values: [Double?],
    _ expected: [Double?],
    _ place: SourceLocation = #_sourceLocation
) {
    #expect(values.count == expected.count, sourceLocation: place)
    for (value, expected) in zip(values, expected) {
        guard let value, let expected else {
            #expect(value == nil && expected == nil, sourceLocation: place)
            continue
        }
        #expect(abs(value - expected) <= 1e-6 * abs(expected), "\(value), \(expected)", sourceLocation: place)
    }
}

/// Files of a few tensors each, which live as long as this does.
private struct SmallPool {
    private let folder: TemporaryFolder
    let opened: IngredientPool

    /// * `tensors`: names and sizes of the parts of each vector; one of all of it where nothing is said
    init(_ vectors: [[Float]], tensors: [(String, Int)]? = nil) throws {
        folder = try TemporaryFolder()
        let paths = try vectors.enumerated().map { [folder] index, vector in
            var entries: [String] = []
            var end = 0
            for (name, size) in tensors ?? [("w", vector.count)] {
                let start = end
                end += 4 * size
                entries.append(
                    #""\#(name)":{"dtype":"F32","shape":[\#(size)],"data_offsets":[\#(start),\#(end)]}"#
                )
            }
            let header = "{\(entries.joined(separator: ","))}"
            return try folder.write(safetensors(header, data: littleEndian(vector)), "\(index).safetensors")
        }
        opened = try IngredientPool(patterns: paths)
    }
}
