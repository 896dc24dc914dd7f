import Graphs
import Testing

@testable import VisionModels

@Suite struct ProductTests {
    private func model(patch: Int, embedding: Int) -> VisionTransformer {
        VisionTransformer(
            channels: 3,
            height: 224,
            width: 224,
            patch: patch,
            embedding: embedding,
            depth: 12,
            heads: embedding / 64,
            hidden: 4 * embedding,
            classes: 1000
        )
    }

    /// Products of a pass over ViT-B/32, written out: a multiplication and an addition per term.
    @Test(arguments: [1, 4]) func operationsOfAPass(batch: Int) throws {
        let patches = 49 * 3072 * 768
        let layers = 50 * (768 * 2304 + 768 * 768 + 2 * 768 * 3072)
        let attention = 12 * 2 * (50 * 50 * 64)
        let head = 768 * 1000
        // Backward takes every product twice, but no gradient of the images.
        let terms = 3 * (12 * (layers + attention) + head) + 2 * patches
        let products = try model(patch: 32, embedding: 768).graph().products(batch: batch)
        #expect(products.map(\.operations).reduce(0, +) == batch * 2 * terms)
    }

    /// 256 rows of tokens, rounded up to whole samples: the rows of attention probabilities do not count.
    @Test func defaultMicroBatches() throws {
        #expect(try LanePlan.defaultMicroBatch(model(patch: 32, embedding: 768).graph()) == 6)
        #expect(try LanePlan.defaultMicroBatch(model(patch: 16, embedding: 384).graph()) == 2)
    }
}
