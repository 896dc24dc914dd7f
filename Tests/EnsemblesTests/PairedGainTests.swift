import Ensembles
import Testing

@Suite struct PairedGainTests {
    /// McNemar's counts: b samples that only the one has right, c that only the other has, of n.
    @Test func countsGiveTheClosedForm() {
        let (both, own, other, none) = (50, 12, 5, 33)
        let count = Double(both + own + other + none)
        func row(_ counts: [(Int, Double)]) -> [Double] { counts.flatMap { Array(repeating: $1, count: $0) } }
        let left = row([(both, 1), (own, 1), (other, 0), (none, 0)])
        let right = row([(both, 1), (own, 0), (other, 1), (none, 0)])
        let gain = PairedGain(left, over: right)
        let mean = Double(own - other) / count
        let variance = (Double(own + other) - count * mean * mean) / (count - 1)
        #expect(abs(gain.mean - mean) < 1e-15)
        #expect(abs(gain.standardError - (variance / count).squareRoot()) < 1e-15)
        #expect(abs(gain.interval.upperBound - gain.mean - 1.959963984540054 * gain.standardError) < 1e-15)
        let back = PairedGain(right, over: left)
        #expect(back.mean == -gain.mean && back.standardError == gain.standardError)
    }

    /// The corrected resampled t-test's variance of K folds' mean is 1/K + (test samples)/(training samples) of one fold's.
    @Test(arguments: [(2, 3.0), (3, 2.5), (5, 2.25)]) func foldsThatShareSamplesWidenTheInterval(
        folds: Int,
        variance: Double
    ) {
        let own = (0..<30).map { Double($0 % 3) }
        let other = (0..<30).map { Double($0 % 5) }
        let plain = PairedGain(own, over: other)
        let folded = PairedGain(own, over: other, folds: folds)
        #expect(folded.mean == plain.mean && folded.standardError == plain.standardError)
        func half(_ gain: PairedGain) -> Double { gain.interval.upperBound - gain.mean }
        #expect(abs(half(folded) / half(plain) - variance.squareRoot()) < 1e-12)
        #expect(abs(folded.foldedError / plain.foldedError - variance.squareRoot()) < 1e-12)
    }

    @Test func fewSamplesSayNothing() {
        #expect(PairedGain([], over: []).standardError == 0)
        #expect(PairedGain([1], over: [0]).standardError == 0)
        #expect(PairedGain([.infinity, 1], over: [.infinity, 1]).interval.contains(1e300))
    }
}
