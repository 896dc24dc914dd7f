import Soups
import Testing

@testable import Coordination

/// Orders and reports on the wire: the same again, and damage is an error.
@Suite struct MessageTests {
    static let limits = OrderLimits(
        groups: 2,
        ingredients: 6,
        blockSize: 3,
        entered: 2,
        folds: 2,
        samples: [4_000_000_001, 7],
        statistics: 2
    )

    static let orders: [Order] = [
        .enter(ingredients: [3, 0, 5], alpha: CoefficientMatrix(rows: 12, columns: 2, repeating: 1.0 / 6)),
        .enter(ingredients: [1], alpha: nil),
        .enter(ingredients: [1], alpha: nil, upcoming: [2, 4]),
        .step(
            number: 17,
            fold: 1,
            displacement: CoefficientMatrix(rows: 2, columns: 2, values: [0.1, -2e-300, .pi, -0.0]),
            temperature: 1.25,
            samples: [5, 0, 4_000_000_000],
            upcoming: [7, 1]
        ),
        .settle(displacement: CoefficientMatrix(rows: 4, columns: 2)),
        .mix(alpha: CoefficientMatrix(rows: 6, columns: 2, values: (0..<12).map(Double.init))),
        .evaluate(dataset: 1, part: .all), .evaluate(dataset: 0, part: .monitor),
        .evaluate(dataset: 0, part: .learning), .evaluate(dataset: 0, part: .fold(1), answers: true),
        .add(ingredient: 3), .add(ingredient: 0, anew: true), .mean(with: 2),
        .combine(
            fold: 1,
            displacement: CoefficientMatrix(rows: 2, columns: 2, values: [3, -4, 1, 0])
        ), .digest, .seeStatistics, .setStatistics([0.5, -1e-30]),
        .stop(nil), .stop(Failure(text: "no disk", isInput: true)),
    ]

    static let reportLimits = ReportLimits(
        rank: 3,
        step: 17,
        sums: 3,
        losses: 2,
        hasSlopes: true,
        samples: 9,
        answers: 2
    )

    static let report: Report = {
        var report = Report()
        report.rank = 3
        report.step = 17
        report.host = "node7"
        report.sums = [1, .infinity, -2.5]
        report.losses = [0.25, .infinity]
        report.temperatureSlopes = [-0.5, 2]
        report.correct = 4
        report.count = 9
        report.phaseSeconds = [0, 1, 2, 3, 4, 5, 6, 7]
        report.bytesSent = 1 << 40
        report.digests = ["ab", "cd"]
        report.answers = [0.5, -.infinity]
        return report
    }()

    @Test func arriveAsTheyWereSent() throws {
        for order in Self.orders { #expect(try Order(order.bytes, limits: Self.limits) == order) }
        #expect(try Report(Self.report.bytes) == Self.report)
        var failed = Self.report
        failed.failure = Failure(text: "x", isInput: false)
        #expect(try Report(failed.bytes) == failed)
        try Self.reportLimits.check(Self.report)
    }

    /// CRC-32's published check value, of the digits 1 to 9.
    @Test func checksumIsTheUsualOne() {
        #expect(MessageSeal.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
    }

    @Test(arguments: [
        Order.enter(ingredients: [0], alpha: nil, upcoming: [6]),
        .enter(ingredients: [0], alpha: nil, upcoming: [0, 1, 2, 3]), .enter(ingredients: [6], alpha: nil),
        .enter(ingredients: [], alpha: nil),
        .enter(ingredients: [1, 1], alpha: nil), .enter(ingredients: [0, 1, 2, 3], alpha: nil),
        .enter(ingredients: [0], alpha: CoefficientMatrix(rows: 6, columns: 2)),
        .step(number: 1, fold: 2, displacement: matrix(2), temperature: 1, samples: [0]),
        .combine(fold: 2, displacement: matrix(2)), .evaluate(dataset: 0, part: .fold(2)),
        .step(number: 1, displacement: matrix(3), temperature: 1, samples: [0]),
        .step(number: 1, displacement: matrix(1), temperature: 1, samples: [0]),
        .step(number: 1, displacement: matrix(2), temperature: .nan, samples: [0]),
        .step(number: 1, displacement: matrix(2, .infinity), temperature: 1, samples: [0]),
        .step(number: 1, displacement: matrix(2), temperature: 1, samples: []),
        .step(number: 1, displacement: matrix(2), temperature: 1, samples: [4_000_000_001]),
        .step(number: 1, displacement: matrix(2), temperature: 1, samples: [0], upcoming: [4_000_000_001]),
        .settle(displacement: matrix(2)), .combine(fold: 0, displacement: matrix(3)),
        .settle(displacement: matrix(4, .nan)), .mix(alpha: matrix(5)), .mix(alpha: matrix(6, .nan)),
        .add(ingredient: 6), .mean(with: 6), .evaluate(dataset: 2, part: .all),
        .evaluate(dataset: 1, part: .monitor),
    ]) func ordersBeyondTheLimitsAreRefused(order: Order) {
        #expect(throws: MessageError.self) { try Order(order.bytes, limits: Self.limits) }
    }

    @Test func nothingIsCombinedBeforeABlockIsEntered() {
        var limits = Self.limits
        limits.entered = 0
        for order in Self.orders {
            switch order {
            case .step, .settle, .combine:
                #expect(throws: MessageError.self) { try Order(order.bytes, limits: limits) }
            default: #expect(throws: Never.self) { try Order(order.bytes, limits: limits) }
            }
        }
        limits.blockSize = 0
        #expect(throws: MessageError.self) { try Order(Self.orders[0].bytes, limits: limits) }
    }

    @Test func reportsThatAreNotDueAreRefused() throws {
        let changes: [(inout Report) -> Void] = [
            { $0.rank = 2 }, { $0.step = 16 }, { $0.sums.append(0) }, { $0.losses.removeLast() },
            { $0.temperatureSlopes = [] }, { $0.correct = 10 }, { $0.answers = [1] }, { $0.count = 8 },
            { $0.phaseSeconds[1] = .nan },
            { $0.phaseSeconds[1] = -1 }, { $0.phaseSeconds.removeLast() }, { $0.bytesSent = .max },
            { $0.peakResidentBytes = .max },
        ]
        for (index, change) in changes.enumerated() {
            var report = Self.report
            change(&report)
            let arrived = try Report(report.bytes)
            #expect(throws: MessageError.self, "change \(index)") { try Self.reportLimits.check(arrived) }
        }
    }

    private static func matrix(_ rows: Int, _ last: Double = 0.5) -> CoefficientMatrix {
        CoefficientMatrix(
            rows: rows,
            columns: 2,
            values: [Double](repeating: 0.5, count: 2 * rows - 1) + [last]
        )
    }
}
