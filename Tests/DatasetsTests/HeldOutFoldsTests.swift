import Datasets
import Testing

@Suite struct HeldOutFoldsTests {
    static let labels: [Int32] = (0..<103).map { Int32($0 % 7 == 0 ? 3 : $0 % 3) }

    @Test(arguments: [2, 3, 5]) func everySampleJudgesOnceAndNeverWhereItTaught(count: Int) throws {
        let samples = (0..<103).filter { $0 % 10 != 4 }
        let folds = try #require(HeldOutFolds(samples, labels: Self.labels, count: count, seed: 5))
        #expect(folds.judging.count == count && folds.learning.count == count)
        #expect(folds.judging.flatMap { $0 }.sorted() == samples)
        for (own, others) in zip(folds.judging, folds.learning) {
            #expect(Set(own).isDisjoint(with: others) && Set(others).isSubset(of: samples))
            #expect(own == own.sorted() && others == others.sorted())
            #expect(others.count == folds.learning[0].count)
            // At most one is left out, where folds differ in size.
            #expect((samples.count - own.count - 1...samples.count - own.count).contains(others.count))
            for label in Set(Self.labels) {
                let all = samples.count { Self.labels[$0] == label }
                let share = own.count { Self.labels[$0] == label }
                #expect((all / count...(all + count - 1) / count).contains(share))
            }
        }
    }

    @Test func theSeedDecides() throws {
        let all = Array(Self.labels.indices)
        let folds = HeldOutFolds(all, labels: Self.labels, count: 2, seed: 1)
        #expect(folds == HeldOutFolds(all, labels: Self.labels, count: 2, seed: 1))
        #expect(folds != HeldOutFolds(all, labels: Self.labels, count: 2, seed: 2))
        #expect(HeldOutFolds(all, labels: Self.labels, count: 1, seed: 1) == nil)
        #expect(HeldOutFolds([7], labels: Self.labels, count: 2, seed: 1) == nil)
    }
}
