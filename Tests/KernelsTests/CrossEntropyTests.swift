import Foundation
import Kernels
import Testing

/// The loss, its gradient and its slope by the temperature β, against closed forms and finite differences in double.
@Suite struct CrossEntropyTests {
    private static let (rows, classes) = (4, 6)
    private let logits = normals(rows * classes, seed: 1).map { 3 * $0 }
    private let targets: [Double]

    init() {
        var targets = [Double](repeating: 0, count: Self.rows * Self.classes)
        targets.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for row in 0..<Self.rows {
                let target = base + row * Self.classes
                smoothedTarget(label: row, classes: Self.classes, smoothing: 0.1, addTo: target)
            }
        }
        self.targets = targets
    }

    private func forward<R: Real>(
        _ logits: [R],
        _ targets: [R],
        temperature: R
    ) -> (loss: Double, probabilities: [R]) {
        var probabilities = [R](repeating: .nan, count: logits.count)
        let loss = crossEntropyForward(
            rows: Self.rows,
            classes: Self.classes,
            temperature: temperature,
            logits: logits,
            targets: targets,
            probabilities: &probabilities
        )
        return (loss, probabilities)
    }

    private func backward<R: Real>(
        _ logits: [R],
        _ targets: [R],
        temperature: R
    ) -> (dLogits: [R], slope: Double) {
        let probabilities = forward(logits, targets, temperature: temperature).probabilities
        var dLogits = [R](repeating: .nan, count: logits.count)
        let slope = crossEntropyBackward(
            rows: Self.rows,
            classes: Self.classes,
            temperature: temperature,
            logits: logits,
            probabilities: probabilities,
            targets: targets,
            scale: 0.25,
            dLogits: &dLogits
        )
        return (dLogits, slope)
    }

    private func loss(_ logits: [Double], _ temperature: Double) -> Double {
        forward(logits, targets, temperature: temperature).loss
    }

    /// log Σ e^βz − β·Σ t·z, written out.
    private func lossWrittenOut(_ temperature: Double) -> Double {
        (0..<Self.rows).map { row -> Double in
            let range = row * Self.classes..<(row + 1) * Self.classes
            let scaled = logits[range].map { temperature * $0 }
            return log(scaled.map { exp($0) }.reduce(0, +)) - weighted(scaled, Array(targets[range]))
        }.reduce(0, +)
    }

    @Test(arguments: [1, 0.3, 2.5, 0, -0.7]) func againstClosedFormAndDifferences(temperature: Double) {
        #expect(abs(loss(logits, temperature) - lossWrittenOut(temperature)) < 1e-12)
        let (dLogits, slope) = backward(logits, targets, temperature: temperature)
        expectGradient(dLogits, of: { loss($0, temperature) / 4 }, at: logits, "dLogits")
        expectGradient([slope], of: { loss(logits, $0[0]) / 4 }, at: [temperature], "slope")
    }

    /// Powers of two move no bit but the exponent's: β·z can be given as one or the other.
    @Test(arguments: [Float(0.25), 1, 2]) func multipliesTheLogitsAndNothingElse(temperature: Float) {
        let (logits, targets) = (logits.map { Float($0) }, targets.map { Float($0) })
        let scaled = logits.map { temperature * $0 }
        let found = forward(logits, targets, temperature: temperature)
        let expected = forward(scaled, targets, temperature: 1)
        #expect(found.loss == expected.loss)
        #expect(found.probabilities == expected.probabilities)
        let (dLogits, slope) = backward(logits, targets, temperature: temperature)
        let (dScaled, slopeOfScaled) = backward(scaled, targets, temperature: 1)
        #expect(dLogits == dScaled.map { temperature * $0 })
        #expect(Double(temperature) * slope == slopeOfScaled)
    }

    @Test func isOneWhereNothingIsSaid() {
        var (probabilities, dLogits) = (logits, logits)
        let loss = crossEntropyForward(
            rows: Self.rows,
            classes: Self.classes,
            logits: logits,
            targets: targets,
            probabilities: &probabilities
        )
        #expect(loss == self.loss(logits, 1))
        let slope = crossEntropyBackward(
            rows: Self.rows,
            classes: Self.classes,
            logits: logits,
            probabilities: probabilities,
            targets: targets,
            scale: 0.25,
            dLogits: &dLogits
        )
        let expected = backward(logits, targets, temperature: 1)
        #expect(dLogits == expected.dLogits)
        #expect(slope == expected.slope)
    }

    /// In the probabilities' place, as an executor does it.
    @Test func gradientMayTakeTheProbabilitiesPlace() {
        let expected = backward(logits, targets, temperature: 1.5)
        var inPlace = forward(logits, targets, temperature: 1.5).probabilities
        let slope = inPlace.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Double.nan }
            return crossEntropyBackward(
                rows: Self.rows,
                classes: Self.classes,
                temperature: 1.5,
                logits: logits,
                probabilities: base,
                targets: targets,
                scale: 0.25,
                dLogits: base
            )
        }
        #expect(inPlace == expected.dLogits)
        #expect(slope == expected.slope)
    }

    /// A number added to all logits of a row changes neither loss nor slope, though float32 rounds the sum of p.
    @Test func slopeIsAccurateInFloatFarFromZero() {
        // Multiples of 1/8 up to a thousand and a few are exact in float32.
        let rounded = logits.map { ($0 * 8).rounded() / 8 }
        let expected = backward(rounded, targets, temperature: 0.8).slope
        let moved = rounded.map { Float($0 + 1000) }
        let found = backward(moved, targets.map { Float($0) }, temperature: 0.8).slope
        #expect(abs(found - expected) <= 1e-6 * abs(expected))
    }
}
