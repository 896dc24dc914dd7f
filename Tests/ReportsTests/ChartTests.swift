import Foundation
import Testing

@testable import Reports

struct ChartTests {
    @Test("axes end at round numbers around what they show")
    func axis() throws {
        let scale = Scale(containing: [88.09, 91.1])
        #expect(scale.ticks.map(\.label) == ["88", "89", "90", "91", "92"])
        #expect(scale.share(90) == 0.5)
        #expect(scale.share(200) == 1)
        #expect(scale.share(.nan) == nil)
        #expect(Scale(containing: [0.0, 0.01]).ticks.map(\.label) == ["0.000", "0.005", "0.010"])
        #expect(Scale(containing: [-0.3, 0.3], count: 3).ticks.map(\.value).contains(0))
    }

    @Test(
        "axes of odd values stand",
        arguments: [
            [], [0], [5], [-1e12], [.nan], [.infinity, 1], [1e-300, 2e-300], [-1e299, 1e299], [1, 1 + 1e-15],
        ]
    )
    func oddAxis(values: [Double]) {
        let scale = Scale(containing: values)
        #expect(scale.lower < scale.upper)
        #expect((1...20).contains(scale.ticks.count))
        for value in values where value.isFinite {
            #expect(scale.share(value).map { (0...1).contains($0) } == true)
        }
    }

    @Test("powers of ten only where sizes differ much")
    func logarithmic() throws {
        #expect(Scale(logarithmic: [1, 40]) == nil)
        #expect(Scale(logarithmic: [-1, 0]) == nil)
        let scale = try #require(Scale(logarithmic: [0.02, 50, -3, .nan]))
        #expect(scale.ticks.map(\.value) == [0.01, 0.1, 1, 10, 100])
        #expect(scale.share(1) == 0.5)
        #expect(scale.share(-1) == nil)
    }

    @Test("few steps are drawn as they are")
    func fewSteps() {
        let values = [3.0, 1, 4, 1, 5]
        let buckets = Downsampled(values).buckets
        #expect(buckets.map { $0?.least } == values)
        #expect(buckets.map { $0?.greatest } == values)
        #expect(buckets.map { $0?.position } == [0, 1, 2, 3, 4])
    }

    @Test("many steps keep their extremes, and a straight line stays straight")
    func manySteps() {
        let count = 100_000
        var values = (0..<count).map(Double.init)
        let line = Downsampled(values).buckets.compactMap { $0 }
        #expect(line.count == 400)
        // Away from the ends the mean around a place is the place's own value.
        for bucket in line.dropFirst(10).dropLast(10) { #expect(abs(bucket.smooth - bucket.position) <= 1) }
        values[54_321] = 1e9
        let spiked = Downsampled(values).buckets.compactMap { $0 }
        #expect(spiked.filter { $0.greatest == 1e9 }.count == 1)
        #expect(spiked.map(\.least).min() == 0)
    }

    @Test("nothing is smoothed across the start of a coefficient block; what is no number leaves a gap")
    func stretches() {
        let values = [Double](repeating: 1, count: 200) + [Double](repeating: 9, count: 200)
        let buckets = Downsampled(values, starts: [0, 200]).buckets.compactMap { $0 }
        #expect(Set(buckets.map(\.smooth)) == [1, 9])
        #expect(Downsampled([1, .nan, .infinity, 2]).buckets.map { $0?.least } == [1, nil, nil, 2])
        #expect(Downsampled([]).buckets.isEmpty)
        #expect(Downsampled([.nan]).buckets == [nil])
    }

    @Test("the effective coefficient is the mean over the parameters")
    func effective() {
        let picture = CoefficientPicture(
            ingredients: ["a", "b"],
            groups: ["x", "y"],
            groupParameters: [3, 1],
            alpha: [1, 0, 0, 1]
        )
        #expect(picture.effective == [0.75, 0.25])
    }
}
