import Soups
import Testing

@testable import Coordination

/// Orders and reports on the wire: the same again, and damage is an error.
@Suite struct MessageTests {
    private static let orders: [Order] = [
        .enter(ingredients: [3, 0, 5], alpha: CoefficientMatrix(rows: 6, columns: 2, repeating: 1.0 / 6)),
        .enter(ingredients: [1], alpha: nil),
        .step(
            number: 17,
            displacement: CoefficientMatrix(rows: 2, columns: 2, values: [0.1, -2e-300, .pi, -0.0]),
            temperature: 1.25,
            samples: [5, 0, 4_000_000_000]
        ),
        .settle(displacement: CoefficientMatrix(rows: 1, columns: 2)),
        .mix(alpha: CoefficientMatrix(rows: 2, columns: 2, values: [1, 2, 3, 4])),
        .evaluate(dataset: 1, part: .all), .evaluate(dataset: 0, part: .monitor),
        .evaluate(dataset: 0, part: .learning), .add(ingredient: 3), .mean(with: 2),
        .combine(displacement: CoefficientMatrix(rows: 1, columns: 2, values: [3, -4])), .digest, .stop(nil),
        .stop(Failure(text: "no disk", isInput: true)),
    ]

    private static let report: Report = {
        var report = Report()
        report.rank = 3
        report.host = "node7"
        report.chunkSums = [1, .infinity, -2.5]
        report.losses = [0.25]
        report.temperatureSlopes = [-0.5, 2]
        report.bytesSent = 1 << 40
        report.digests = ["ab", "cd"]
        report.failure = Failure(text: "x", isInput: false)
        return report
    }()

    @Test func arriveAsTheyWereSent() throws {
        for order in Self.orders { #expect(try Order(order.bytes, groups: 2) == order) }
        #expect(try Report(Self.report.bytes) == Self.report)
    }

    @Test func damageNeverCrashes() throws {
        #expect(throws: MessageError.self) { try Order([], groups: 2) }
        #expect(throws: MessageError.self) { try Order(Self.orders[0].bytes, groups: 5) }
        for message in Self.orders.map(\.bytes) + [Self.report.bytes] {
            for cut in 0..<message.count {
                _ = try? Order(Array(message[..<cut]), groups: 2)
                _ = try? Report(Array(message[..<cut]))
                var changed = message
                changed[cut] ^= 0x41
                _ = try? Order(changed, groups: 2)
                _ = try? Report(changed)
            }
        }
    }
}
