import Foundation
import Kernels
import Testing
import Threads

@Suite struct AdamWTests {
    /// Against the published algorithm (Loshchilov and Hutter, ICLR 2019, Algorithm 2) written out in double.
    @Test(arguments: [(1, 1), (37, 1), (40_000, 3)]) func followsTheAlgorithm(count: Int, threads: Int) {
        let team = Team(threads: threads)
        let settings = AdamWSettings(weightDecay: 0.1)
        var parameters = normals(count, seed: 1).map { Float($0) }
        var (first, second) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var exact = parameters.map { Double($0) }
        var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        for step in 1...20 {
            let gradient = normals(count, seed: UInt64(step + 1)).map { Float($0) }
            adamWUpdate(
                on: team,
                count: count,
                settings: settings,
                step: step,
                learningRate: 0.01,
                scale: 0.5,
                gradient: gradient,
                parameters: &parameters,
                first: &first,
                second: &second
            )
            for index in 0..<count {
                let g = 0.5 * Double(gradient[index])
                m[index] = 0.9 * m[index] + 0.1 * g
                v[index] = 0.999 * v[index] + 0.001 * g * g
                let (meanHat, squareHat) = (
                    m[index] / (1 - pow(0.9, Double(step))), v[index] / (1 - pow(0.999, Double(step)))
                )
                exact[index] -= 0.01 * (meanHat / (squareHat.squareRoot() + 1e-8) + 0.1 * exact[index])
            }
        }
        for (found, expected) in zip(parameters, exact) {
            #expect(abs(Double(found) - expected) <= 2e-6 * max(1, abs(expected)))
        }
    }
}
