import Soups
import Testing

@Suite struct LearningRateScheduleTests {
    @Test func warmUpAndCosineArePyTorchs() {
        let schedule = LearningRateSchedule(peak: 0.01, steps: 12, warmup: 0.25)
        #expect(schedule.warmupSteps == 3)
        #expect(isClose((0..<12).map(schedule.rate), scheduleOf12With3[0], rtol: 1e-13))
    }

    /// The share is rounded, is at least one step if there is any, and at most all of them.
    @Test(arguments: [
        (10, 0.2, 2), (12, 0.2, 2), (13, 0.2, 3), (2, 0.2, 1), (1, 0.2, 1), (7, 0, 0), (7, 1, 7),
    ])
    func warmUpSteps(steps: Int, warmup: Double, expected: Int) {
        #expect(LearningRateSchedule(peak: 1, steps: steps, warmup: warmup).warmupSteps == expected)
    }

    @Test func withoutWarmUpItFallsFromThePeak() {
        let schedule = LearningRateSchedule(peak: 2, steps: 4, warmup: 0)
        let root = 0.5.squareRoot()
        #expect(isClose((0..<4).map(schedule.rate), [2, 1 + root, 1, 1 - root], rtol: 1e-14))
    }

    @Test func aSingleStepIsTakenAtThePeak() {
        #expect(LearningRateSchedule(peak: 0.01, steps: 1, warmup: 0.2).rate(at: 0) == 0.01)
        #expect(LearningRateSchedule(peak: 0.01, steps: 1, warmup: 0).rate(at: 0) == 0.01)
    }

    @Test func settingsBeyondReasonDoNotTrap() {
        var settings = SoupSettings(batchesPerEpoch: .max)
        settings.outerEpochs = .max
        let learner = HyperplaneLearner(
            settings: settings,
            ingredientCount: 5,
            groupCount: 1,
            start: .firstBlockMean
        )
        #expect(learner.totalSteps == .max)
        let schedule = LearningRateSchedule(peak: 1, steps: .max, warmup: 1)
        #expect(schedule.warmupSteps == .max)
    }
}
