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

    @Test func theLearnedSoupHasToBeClearlyBetter() {
        let rivals = [Self.candidate("best", Self.margins(60)), Self.candidate("uniform", Self.margins(80))]
        let better = Choice(rivals: rivals, learned: Self.candidate("mehl+", Self.margins(40)))
        #expect(better.rival.name == "best" && better.written.name == "mehl+")
        let same = Choice(rivals: rivals, learned: Self.candidate("mehl+", Self.margins(60)))
        #expect(same.written.name == "best")
        let worse = Choice(rivals: rivals, learned: Self.candidate("mehl+", Self.margins(70)))
        #expect(worse.written.name == "best")
    }

    /// Confidence alone is no gain: each is judged at the temperature that suits it best.
    @Test func confidenceIsNoMerit() {
        let rivals = [Self.candidate("best", Self.margins(60, scale: 20))]
        let calmer = Choice(rivals: rivals, learned: Self.candidate("mehl+", Self.margins(60, scale: 2)))
        #expect(calmer.written.name == "best")
    }

    /// A lower loss that costs more right answers than chance would is not taken.
    @Test func accuracyHasAVeto() {
        let rival = (0..<400).map { Float($0 < 60 ? -6 : 0.4) }
        let learned = (0..<400).map { Float($0 < 100 ? -0.1 : 6) }
        let choice = Choice(
            rivals: [Self.candidate("best", rival)],
            learned: Self.candidate("mehl+", learned)
        )
        let gain = choice.learned.judgement.lossGain(over: choice.rival.judgement)
        #expect(gain.mean > gain.standardError)
        #expect(choice.written.name == "best")
    }

    /// The mean of the rival and the learned soup is written where it is better at all, and the learned one not for certain.
    @Test func theMeanOfBothIsTakenWhereItIsTheSurerGain() {
        func choice(uniform: Int = 60, learned: Int, between: Int) -> String {
            let names = ["best": 80, "uniform": uniform]
            return Choice(
                rivals: names.sorted { $0.key < $1.key }.map { Self.candidate($0, Self.margins($1)) },
                learned: Self.candidate("mehl+", Self.margins(learned)),
                between: Self.candidate(Choice.between, Self.margins(between))
            ).written.name
        }
        #expect(choice(learned: 60, between: 40) == "between")
        #expect(choice(learned: 62, between: 59) == "between")
        #expect(choice(learned: 45, between: 40) == "mehl+")
        #expect(choice(learned: 60, between: 60) == "uniform")
        #expect(choice(uniform: 90, learned: 80, between: 80) == "best")
    }

    /// Better than the best ingredient by less than chance makes is not enough for any soup, whatever it is among soups.
    @Test(arguments: [(60, 50, "mehl+"), (60, 58, "best"), (60, 60, "best")])
    func theBestIngredientStaysWhereNoSoupIsBetterForCertain(best: Int, learned: Int, written: String) {
        let rivals = [
            Self.candidate("best", Self.margins(best)), Self.candidate("uniform", Self.margins(80)),
        ]
        let soup = Self.candidate("mehl+", Self.margins(learned))
        let between = Self.candidate(Choice.between, Self.margins(learned + 1))
        #expect(Choice(rivals: rivals, learned: soup, between: between).written.name == written)
    }

    @Test func numbersThatAreNotFiniteAreNeverChosen() {
        let rivals = [
            Self.candidate("best", Self.margins(60)),
            Self.candidate("stack", [Float](repeating: .nan, count: 400)),
        ]
        let choice = Choice(
            rivals: rivals,
            learned: Self.candidate("mehl+", [Float](repeating: .infinity, count: 400))
        )
        #expect(choice.written.name == "best")
    }

    @Test func aBestIngredientThatIsNotFiniteIsNotWritten() {
        var broken = Self.margins(10)
        broken[0] = .nan
        let rivals = [Self.candidate("best", broken), Self.candidate("uniform", Self.margins(60))]
        let choice = Choice(rivals: rivals, learned: Self.candidate("mehl+", Self.margins(60)))
        #expect(choice.written.name == "uniform")
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
        #expect(table.rows.map(\.method) == ["best", "uniform", "selection", "stack", "mehl+", "between"])
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

    /// One fold's estimate, by hand: the soup of its coefficients in the trace, mixed and evaluated on it.
    @Test func aRecipesEstimateIsAPlainEvaluation() throws {
        let scratch = try TemporaryFolder()
        var settings = Self.settings()
        settings.folds = 2
        settings.method = .best
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
                return try coordinator.answers(.all).isRight
            }
            for (judging, learning) in zip(folds.judging, folds.learning) {
                let counts = answers.map { right in learning.count { right[$0] } }
                let best = try #require(counts.firstIndex(of: counts.max() ?? 0))
                right += judging.count { answers[best][$0] }
            }
        }
        #expect(table.soup.accuracy == Double(right) / Double(labels.count))
    }
}
