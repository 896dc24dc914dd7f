import Soups
import Testing

@Suite struct MonitorTests {
    /// The loss leads to one target and the monitor's minimum lies on the way there: the run must stop there.
    @Test func theBestIterateOnTheMonitorIsKept() throws {
        var quadratic = Quadratic(groupSizes: [2], ingredients: [[0, 0], [1, 0], [0, 1]], target: [1, 1])
        let halfway = [0.6, 0.6]
        quadratic.monitorTarget = halfway
        var settings = HyperplaneLearnerTests.settings(blockSize: 3, outerEpochs: 1)
        settings.monitorEvery = 5
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        let looks = recorder.looks
        #expect(looks.map(\.stepsDone) == Array(stride(from: 0, through: 150, by: 5)))
        let best = try #require(looks.min { $0.score.loss < $1.score.loss })
        #expect(best.stepsDone > 5 && best.stepsDone < 145)
        #expect(looks.last { $0.isKept }?.stepsDone == best.stepsDone)
        let soup = quadratic.mix(alpha)
        let loss = zip(soup, halfway).map { 0.5 * ($0 - $1) * ($0 - $1) }.reduce(0, +)
        #expect(abs(loss - best.score.loss) < 1e-12)
        #expect(isClose(soup, quadratic.centres[0], atol: 1e-12))
    }

    /// Where nothing does better than the start, the soup stays there, whatever the loss says.
    @Test func aSoupThatOnlyGetsWorseStaysWhereItWas() throws {
        var quadratic = Quadratic(groupSizes: [2], ingredients: [[0, 0], [1, 0], [0, 1]], target: [1, 1])
        quadratic.monitorTarget = [1.0 / 3, 1.0 / 3]
        var settings = HyperplaneLearnerTests.settings(blockSize: 2, outerEpochs: 2)
        settings.monitorEvery = 30
        var recorder = Recorder()
        let alpha = try HyperplaneLearnerTests.learn(&quadratic, settings, &recorder)
        #expect(isClose(alpha.values, [1.0 / 3, 1.0 / 3, 1.0 / 3], atol: 1e-15))
    }
}
