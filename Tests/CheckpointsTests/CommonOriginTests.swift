import Checkpoints
import Foundation
import Tensors
import Testing

/// Angles by squared norms, against the angles themselves.
@Suite struct CommonOriginTests {
    /// Squares as the look adds them up, of plain vectors.
    private func squares(_ vectors: [[Double]]) -> PoolSquares {
        let mean = vectors[0].indices.map { index in
            vectors.reduce(0) { $0 + $1[index] } / Double(vectors.count)
        }
        return PoolSquares(
            norms: vectors.map { $0.reduce(0) { $0 + $1 * $1 } },
            fromMean: vectors.map { zip($0, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } },
            mean: mean.reduce(0) { $0 + $1 * $1 }
        )
    }

    private func vector(_ seed: Int, _ count: Int, scale: Double = 1) -> [Double] {
        var state = UInt64(truncatingIfNeeded: seed) &* 2_862_933_555_777_941_757 &+ 3_037_000_493
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return scale * (Double(state >> 11) / Double(1 << 53) - 0.5)
        }
    }

    private func origin(_ vectors: [[Double]]) -> CommonOrigin {
        let shape = [vectors[0].count / 8, 8]
        let layout = ParameterLayout([(name: "matrix", shape: shape, layer: "body")])
        return CommonOrigin(layout, [squares(vectors)])
    }

    @Test func cosinesOfPlainVectors() {
        // Two vectors at 60°, the third along the first with twice the length.
        let vectors = [[1.0, 0], [0.5, 0.75.squareRoot()], [2, 0]]
        let found = squares(vectors).cosines
        // ⟨w, the others' sum⟩ / (‖w‖ · the others' lengths): (0.5 + 2)/(1·3), (0.5 + 1)/(1·3), (2 + 1)/(2·2).
        for (cosine, value) in zip(found, [2.5 / 3, 0.5, 0.75]) {
            #expect(abs((cosine ?? .nan) - value) <= 1e-12)
        }
    }

    @Test func smallStepsFromOneModelShareIt() {
        let base = vector(1, 4096)
        let pool = (2..<7).map { zip(base, vector($0, 4096, scale: 0.4)).map { $0 + $1 } }
        let found = origin(pool)
        #expect(!found.isMissing && found.strangers.isEmpty && found.tensors.isEmpty)
        #expect(found.doubts(pool.indices.map { "\($0)" }, weight: .refusal).isEmpty)
    }

    @Test func independentNetworksLieAtRightAngles() throws {
        let found = origin((1..<4).map { vector($0, 4096) })
        #expect(found.isMissing)
        #expect(abs(try #require(found.cosine)) < 0.1)
        let doubts = found.doubts(["a", "b", "c"], weight: .refusal)
        #expect(doubts.map(\.weight) == [.refusal])
        #expect(doubts[0].text.contains("do not seem to share a pretrained model"))
    }

    @Test func oneStrangerAmongFour() {
        let base = vector(1, 4096)
        var pool = (2..<5).map { zip(base, vector($0, 4096, scale: 0.2)).map { $0 + $1 } }
        pool.insert(vector(99, 4096), at: 1)
        let found = origin(pool)
        #expect(found.strangers == [1] && !found.isMissing)
        #expect(found.doubts(["a", "b", "c", "d"], weight: .warning)[0].text.hasPrefix("b does not seem"))
    }

    @Test func headsThatWereStartedAnew() {
        let base = vector(1, 8192)
        let bodies = (2..<5).map { zip(base, vector($0, 8192, scale: 0.2)).map { $0 + $1 } }
        let layout = ParameterLayout([
            (name: "body", shape: [128, 64], layer: "body"), (name: "head", shape: [10, 64], layer: "head"),
            (name: "bias", shape: [640], layer: "head"),
        ])
        let heads = (12..<15).map { vector($0, 640) }
        let found = CommonOrigin(layout, [squares(bodies), squares(heads), squares(heads)])
        #expect(found.tensors == ["head"] && !found.isMissing)
    }

    @Test func oneIngredientSaysNothing() {
        #expect(origin([vector(1, 64)]).cosine == nil)
    }
}
