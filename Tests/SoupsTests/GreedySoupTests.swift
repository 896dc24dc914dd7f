import Soups
import Testing

@Suite struct GreedySoupTests {
    /// Accuracies of sets of ingredients, looked up.
    private struct Table: SoupTrials {
        let accuracies: [Set<Int>: Double]
        var members: Set<Int> = []
        var tried: [Int] = []

        mutating func score(with ingredient: Int) throws -> SoupScore {
            tried.append(ingredient)
            return SoupScore(loss: 0, accuracy: accuracies[members.union([ingredient])] ?? 0)
        }

        mutating func decide(_ ingredient: Int, isMember: Bool) throws {
            if isMember { members.insert(ingredient) }
        }
    }

    @Test func onlyAStrictGainMakesAMember() throws {
        let scores = [0.5, 0.8, 0.6, 0.8, 0.7].map { SoupScore(loss: 1, accuracy: $0) }
        var table = Table(accuracies: [
            // Equal is not better; a member changes what the next ones are measured with.
            [1, 3]: 0.8, [1, 4]: 0.81, [1, 4, 2]: 0.79, [1, 4, 0]: 0.82,
        ])
        #expect(try GreedySoup.members(scores, &table) == [1, 4, 0])
        #expect(table.tried == [3, 4, 2, 0])
        #expect(GreedySoup.order(scores) == [1, 3, 4, 2, 0])
    }

    @Test func anIngredientOfNoUseIsNoMember() throws {
        let scores = [SoupScore(loss: .nan, accuracy: 0), SoupScore(loss: 1, accuracy: 0.25)]
        var table = Table(accuracies: [[0, 1]: 0.1])
        #expect(try GreedySoup.members(scores, &table) == [1])
    }
}
