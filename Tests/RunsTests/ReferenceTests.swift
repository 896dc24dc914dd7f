import Diagnostics
import Foundation
import PoolSupport
import TestSupport
import Testing
import Traces

@testable import Runs

/// The first twenty steps against PyTorch in float64 on the same order of images (Fixtures/reference_soup.py).
@Suite struct ReferenceTests {
    struct Reference: Decodable {
        struct Step: Decodable {
            let ingredients: [Int]
            let loss: Double
            let alpha: [[Double]]
            let still: [String]
        }

        let groups: [String]
        let steps: [Step]
    }

    @Test(arguments: [(SoupMethod.mehl, "model"), (.mehlPlus, "tensor")])
    func coefficientsFollowPyTorch(method: SoupMethod, name: String) throws {
        let path = try PoolFixture.file("reference_\(name).json")
        let reference = try JSONDecoder().decode(
            Reference.self,
            from: Data(contentsOf: URL(fileURLWithPath: path))
        )
        let scratch = try TemporaryFolder()
        _ = try learn(ranks: 1, PoolFixture.settings(method), into: scratch.path)[0].get()
        let reader = try TraceReader(scratch.file("trace.pb"))
        let header = try reader.readHeader()
        let columns = try header.groups.map { try #require(reference.groups.firstIndex(of: $0.name)) }
        var steps: [TraceStep] = []
        var footer: TraceFooter?
        while let record = try reader.next() {
            if case .step(let step) = record { steps.append(step) }
            if case .footer(let last) = record { footer = last }
        }
        #expect(steps.count == 20 && reference.steps.count == 20)
        let start = 1.0 / Double(header.ingredients.count)
        let change = reference.steps.flatMap(\.alpha).joined().map { abs($0 - start) }.max() ?? 0
        #expect(change > 0.001)
        // No group's gradient is zero by construction in this model: queries, keys and values share one bias.
        #expect(!reference.steps.contains { !$0.still.isEmpty })
        for (index, step) in steps.enumerated() {
            let expected = reference.steps[index]
            #expect(abs(step.loss - expected.loss) <= 1e-5 * expected.loss, "loss of step \(index)")
            #expect(step.stillGroups.map { header.groups[$0].name } == expected.still)
            // α of step t + 1 is where step t led, within a coefficient block.
            guard index + 1 < steps.count, steps[index + 1].coefficientBlock == step.coefficientBlock else {
                continue
            }
            for (row, ingredient) in expected.ingredients.enumerated() {
                for (group, column) in columns.enumerated() {
                    let found = steps[index + 1].alpha[row * columns.count + group]
                    let wanted = expected.alpha[ingredient][column]
                    #expect(
                        abs(found - wanted) <= 1e-4 * change,
                        "step \(index), \(header.groups[group].name)"
                    )
                }
            }
        }
        let final = try #require(footer).alpha
        for (ingredient, row) in try #require(reference.steps.last).alpha.enumerated() {
            for (group, column) in columns.enumerated() {
                #expect(abs(final[ingredient * columns.count + group] - row[column]) <= 1e-4 * change)
            }
        }
    }
}
