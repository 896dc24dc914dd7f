import Datasets
import Ensembles
import Graphs
import MessagePassing
import PoolSupport
import Soups
import TestSupport
import Testing
import Traces

@testable import Coordination
@testable import Runs

/// What is written, where nobody says which.
@Suite struct ChoiceTests {
    /// A candidate whose logits say `right` with so much confidence, on samples of one label.
    static func candidate(_ name: String, _ margins: [Float]) -> Candidate {
        let labels = [Int32](repeating: 0, count: margins.count)
        let predictions = Predictions(classes: 2, logits: margins.flatMap { [$0, 0] })
        let alpha = CoefficientMatrix(rows: 1, columns: 1, repeating: 1)
        return Candidate(
            name: name,
            alpha: alpha,
            alphas: [alpha, alpha],
            judgement: Judgement(predictions, labels, folds: 1)
        )
    }

    static func margins(_ wrong: Int, of count: Int = 400, scale: Float = 2) -> [Float] {
        (0..<count).map { ($0 < wrong ? -1 : 1) * scale * (1 + Float($0 % 7) / 10) }
    }

    private func written(_ candidates: (name: String, margins: [Float])...) -> String {
        Choice(candidates: candidates.map { Self.candidate($0.name, $0.margins) }).written.name
    }

    /// Logits that are wrong on these of 400 samples.
    private static func margins(wrong: Range<Int>) -> [Float] {
        (0..<400).map { wrong.contains($0) ? -2 : 2 }
    }

    /// Better than the best ingredient by less than chance makes is not enough: 20 samples won, 5 won and 3 lost, none, 10 lost.
    @Test(arguments: [(20..<60, "mehl+"), (5..<63, "best"), (0..<60, "best"), (0..<70, "best")])
    func aSoupHasToBeClearlyBetterThanTheBestIngredient(wrong: Range<Int>, expected: String) {
        let written = written(
            ("best", Self.margins(wrong: 0..<60)),
            ("uniform", Self.margins(wrong: 0..<80)),
            ("mehl+", Self.margins(wrong: wrong))
        )
        #expect(written == expected)
    }

    /// Of two that are as good the one whose gain varies less: it answers more like the best ingredient.
    @Test func theSurerGainWins() {
        let best = Self.candidate("best", Self.margins(wrong: 0..<60))
        let far = Self.candidate("stack", Self.margins(wrong: 200..<240))
        let near = Self.candidate("mehl+@25", Self.margins(wrong: 20..<60))
        #expect(abs(far.judgement.meanLoss - near.judgement.meanLoss) < 1e-12)
        #expect(Choice(candidates: [best, far, near]).written.name == "mehl+@25")
        #expect(Choice(candidates: [best, near, far]).written.name == "mehl+@25")
    }

    /// Soups that were made anew by fold share most of their images, so that their gain is less sure than a single soup's.
    @Test(arguments: [(1, "stack"), (3, "best")]) func whatWasMadeByFoldIsTrustedLess(
        folds: Int,
        written: String
    ) {
        let best = Self.candidate("best", Self.margins(wrong: 0..<60))
        // 30 samples won and 22 lost: by 1.1 standard errors better.
        let predictions = Predictions(classes: 2, logits: Self.margins(wrong: 30..<82).flatMap { [$0, 0] })
        let judgement = Judgement(predictions, [Int32](repeating: 0, count: 400), folds: folds)
        let alphas = Array(repeating: best.alpha, count: folds)
        let soup = Candidate(name: "stack", alpha: best.alpha, alphas: alphas, judgement: judgement)
        #expect(Choice(candidates: [best, soup]).written.name == written)
    }

    /// Where the mean of all is better than the best ingredient, nothing is written that is worse than it.
    @Test func theMeanOfAllHasToBeReached() {
        let best = ("best", Self.margins(wrong: 0..<80))
        let uniform = ("uniform", Self.margins(wrong: 40..<80))
        #expect(written(best, uniform, ("mehl+@25", Self.margins(wrong: 20..<80))) == "uniform")
        #expect(written(best, uniform, ("mehl+", Self.margins(wrong: 60..<80))) == "mehl+")
        // Better by little, on other samples: there is no more to lose than to win.
        #expect(written(best, uniform, ("stack", Self.margins(wrong: 0..<38))) == "stack")
        #expect(written(best, uniform, ("stack", Self.margins(wrong: 0..<42))) == "uniform")
    }

    /// Three quarters of the way to the learned soup are tried where it is better for certain, else a quarter.
    @Test(arguments: [(20..<60, 0.75), (5..<63, 0.25), (0..<70, 0.25)])
    func theWayIsShorterWhereTheGainIsNotSure(
        wrong: Range<Int>,
        share: Double
    ) {
        let best = Self.candidate("best", Self.margins(wrong: 0..<60)).judgement
        let learned = Self.candidate("mehl+", Self.margins(wrong: wrong)).judgement
        #expect(Choice.share(to: learned, from: best) == share)
    }

    /// Confidence alone is no gain: each is judged at the temperature that suits it best.
    @Test func confidenceIsNoMerit() {
        #expect(
            written(("best", Self.margins(60, scale: 20)), ("mehl+", Self.margins(60, scale: 2))) == "best"
        )
    }

    /// A lower loss that costs more right answers than chance would is not taken.
    @Test func accuracyHasAVeto() {
        let best = Self.candidate("best", (0..<400).map { Float($0 < 60 ? -6 : 0.4) })
        let learned = Self.candidate("mehl+", (0..<400).map { Float($0 < 100 ? -0.1 : 6) })
        let gain = learned.judgement.lossGain(over: best.judgement)
        #expect(gain.mean > gain.standardError)
        #expect(Choice(candidates: [best, learned]).written.name == "best")
    }

    @Test func numbersThatAreNotFiniteAreNeverChosen() {
        let written = written(
            ("best", Self.margins(60)),
            ("stack", [Float](repeating: .nan, count: 400)),
            ("mehl+", [Float](repeating: .infinity, count: 400))
        )
        #expect(written == "best")
    }

    @Test func aBestIngredientThatIsNotFiniteIsNotWritten() {
        var broken = Self.margins(10)
        broken[0] = .nan
        #expect(
            written(("best", broken), ("uniform", Self.margins(60)), ("mehl+", Self.margins(62))) == "uniform"
        )
    }

    static func settings() -> LearnSettings {
        var settings = LearnSettings(.auto)
        settings.blockSize = 4
        settings.batchSize = 32
        settings.epochs = 2
        settings.folds = 3
        settings.look = 100_000
        return settings
    }

    /// Every sample is judged once by a soup that had no part in it, the numbers are those of a plain evaluation, and what
    /// is written is one of the candidates.
    @Test func aRunSaysWhatItWroteAndHowGoodItIs() throws {
        let scratch = try TemporaryFolder()
        let metrics = try #require(try learn(ranks: 2, Self.settings(), into: scratch.path)[0].get())
        let table = try #require(metrics.outOfFold)
        #expect(table.rows.dropLast().map(\.method) == ["best", "uniform", "selection", "stack", "mehl+"])
        let way = try #require(table.rows.last?.way)
        #expect(way.from == "best" && way.to == "mehl+" && table.rows.last?.method == way.name)
        let learned = try #require(table.rows[4].lossGain)
        let isSure = learned.mean > (2.5).squareRoot() * learned.standardError
        #expect(way == Way(from: "best", to: "mehl+", share: isSure ? 0.75 : 0.25))
        #expect(table.samples == metrics.heldoutSamples && table.folds == 3)
        #expect(metrics.written == table.soup.method && metrics.method == "auto")
        let said = try #require(metrics.findings.first?.text)
        #expect(said.hasPrefix(metrics.written) && said.contains(" was written: right in "))
        // The mean of all is the same for every fold: what the look found of it.
        let look = try #require(metrics.look?.uniform)
        #expect(table.rows[1].accuracy == look.accuracy)

        var candidates: [TraceEvaluation] = []
        var seen: [Int: Set<Int>] = [:]
        var fold = 0
        let reader = try TraceReader(scratch.file("trace.pb"))
        while let record = try reader.next() {
            if case .evaluation(let found) = record, found.subject == .candidate { candidates.append(found) }
            if case .coefficientBlock(let block) = record { fold = block.fold }
            if case .step(let step) = record { seen[fold, default: []].formUnion(step.samples) }
        }
        #expect(candidates.map(\.method) == table.rows.map(\.method))
        #expect(candidates.allSatisfy { $0.part == .outOfFold && $0.samples == table.samples })
        let folds = try foldsOfTheFixture()
        #expect(seen.count == 3)
        for (fold, samples) in seen { #expect(samples.isDisjoint(with: folds[fold])) }
    }

    private func foldsOfTheFixture() throws -> [[Int]] {
        let data = try PoolFixture().inputs().datasets[0]
        let settings = Self.settings()
        let folds = HeldOutFolds(Array(0..<data.count), labels: data.labels, count: 3, seed: settings.seed)
        return try #require(folds).judging
    }

    /// What recipes are judged by, by hand: a soup made without each fold, evaluated on it.
    @Test(arguments: [SoupMethod.best, .stack]) func aRecipesEstimateIsAPlainEvaluation(method: SoupMethod)
        throws
    {
        let scratch = try TemporaryFolder()
        var settings = Self.settings()
        settings.folds = 2
        settings.method = method
        let metrics = try #require(try learn(ranks: 1, settings, into: scratch.path)[0].get())
        let table = try #require(metrics.outOfFold)
        let inputs = try PoolFixture().inputs()
        let labels = inputs.datasets[0].labels
        let folds = try #require(
            HeldOutFolds(Array(labels.indices), labels: labels, count: 2, seed: settings.seed)
        )
        let worker = Worker(MemoryTransport.alone(), inputs, WorkSettings(inputs, threads: 1))
        var right = 0
        _ = try Coordinator.run(worker) { coordinator in
            let answers = try (0..<inputs.pool.count).map { ingredient in
                _ = try coordinator.mix(worker.mean(of: [ingredient]))
                return try coordinator.answers(.all)
            }
            let known = LabelledPredictions(models: answers.map(\.predictions), labels: labels)
            for (judging, learning) in zip(folds.judging, folds.learning) {
                let alpha: CoefficientMatrix
                if method == .best {
                    let counts = answers.map { answer in learning.count { answer.isRight[$0] } }
                    alpha = worker.mean(of: [try #require(counts.firstIndex(of: counts.max() ?? 0))])
                } else {
                    let ridge = StackRecipe.ridge / Double(learning.count)
                    alpha = worker.mixture(Stack.weights(known.restricted(to: learning), ridge: ridge))
                }
                _ = try coordinator.mix(alpha)
                let own = try coordinator.answers(.all).isRight
                right += judging.count { own[$0] }
            }
        }
        #expect(table.soup.accuracy == Double(right) / Double(labels.count))
    }
}
