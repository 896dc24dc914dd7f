import Soups
import Testing

@Suite struct AdamWTests {
    /// As in Fixtures/pytorch_numbers.py.
    static let gradients: [[Double]] = [
        [0.1, -0.2, 0.0],
        [0.3, 0.05, 1e-7],
        [-0.25, 0.0, -3.0],
        [0.0, 0.0, 0.0],
        [1.5, -0.4, 0.02],
        [-0.01, 0.7, -0.3],
    ]
    static let rates = [0.005, 0.01, 0.01, 0.0075, 0.0025, 0.001]

    @Test(arguments: [(0.0, adamWWithoutDecay), (0.1, adamWWithDecay)])
    func everyUpdateIsPyTorchs(weightDecay: Double, expected: [[Double]]) {
        var optimizer = AdamW(count: 3, weightDecay: weightDecay)
        var parameters = [0.5, -1.25, 2.0]
        for (index, gradient) in Self.gradients.enumerated() {
            optimizer.update(&parameters, gradient: gradient, learningRate: Self.rates[index])
            #expect(isClose(parameters, expected[index], rtol: 1e-14))
        }
        #expect(optimizer.updates == Self.gradients.count)
    }

    @Test func aParameterThatNeverHadAGradientStaysWhereItIs() {
        var optimizer = AdamW(count: 1, weightDecay: 0)
        var parameters = [0.0]
        for _ in 0..<10 { optimizer.update(&parameters, gradient: [0], learningRate: 0.01) }
        #expect(parameters == [0])
    }
}
