import Randomness
import Soups
import Testing

@Suite struct CyclicSamplerTests {
    @Test(arguments: [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (5, 18, [5]), (4, 1, [1, 1, 1, 1])])
    func blocksCoverThePoolOnce(count: Int, blockSize: Int, expected: [Int]) {
        let sampler = CyclicSampler(ingredientCount: count, blockSize: blockSize, seed: 3)
        let blocks = (0..<sampler.blocksPerOuterEpoch).map { sampler.block(outerEpoch: 0, index: $0) }
        #expect(blocks.map(\.ingredients.count) == expected)
        #expect(blocks.flatMap(\.ingredients).sorted() == Array(0..<count))
        #expect(blocks.map(\.index) == Array(0..<blocks.count))
    }

    @Test func theOrderIsTheSeedsAndTheSameInEveryOuterEpoch() {
        let sampler = CyclicSampler(ingredientCount: 20, blockSize: 6, seed: 9)
        var stream = RandomStream(seed: 9).split("coefficient blocks")
        #expect(sampler.order == stream.permutation(of: 20))
        #expect(sampler.order != CyclicSampler(ingredientCount: 20, blockSize: 6, seed: 10).order)
        let first = sampler.block(outerEpoch: 0, index: 2)
        let later = sampler.block(outerEpoch: 4, index: 2)
        #expect(first.ingredients == later.ingredients)
        #expect(later.outerEpoch == 4)
    }
}
