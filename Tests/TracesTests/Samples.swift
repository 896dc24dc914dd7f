import Foundation
import TestSupport
import Testing

@testable import Traces

/// What Fixtures/trace.txt and Fixtures/trace-ranks.txt say, typed in by hand.
enum Samples {
    static let header = TraceHeader(
        programVersion: "0.1.0",
        method: "mehl+",
        granularity: "tensor",
        seed: .max,
        ingredients: ["model_00.safetensors", "model_01.safetensors", "a, \"quoted\" µ.safetensors"],
        groups: [
            .init(name: "head.weight", parameters: 5_000_000_000), .init(name: "head.bias", parameters: 10),
        ],
        options: [.init(name: "lr", value: "0.01"), .init(name: "block-size", value: "2")]
    )

    static let steps = [
        TraceStep(
            number: 0,
            outerEpoch: 0,
            coefficientBlock: 0,
            innerEpoch: 0,
            batch: 0,
            alpha: [1.0 / 3, 0.1, 1e-300, -0.0],
            gradient: [1, -2.5, 123_456_789.125, .leastNonzeroMagnitude],
            loss: 2.302585092994046,
            accuracy: 0.1015625,
            learningRate: 0.002,
            gradientNorm: 12.75,
            samples: [4, 0, 4_294_967_295]
        ),
        TraceStep(
            number: 1,
            outerEpoch: 0,
            coefficientBlock: 0,
            innerEpoch: 1,
            batch: 7,
            alpha: [0.25, 0.5, 0.75, 1],
            gradient: [-1, -2, -3, -4],
            loss: 0.5,
            accuracy: 1,
            learningRate: 0.01,
            gradientNorm: 0.125,
            samples: [1, 300, 2]
        ),
        TraceStep(
            number: 2,
            outerEpoch: 1,
            coefficientBlock: 3,
            innerEpoch: 0,
            batch: 0,
            alpha: [-0.125, 8],
            gradient: [.infinity, 0.1],
            loss: 0.25,
            accuracy: 0.5,
            learningRate: 0.001,
            gradientNorm: 1e30,
            samples: [9],
            temperature: 1.25
        ),
    ]

    static let records: [TraceRecord] = [
        .header(header),
        .coefficientBlock(.init(outerEpoch: 0, index: 0, ingredients: [2, 0], norms: [1.5, 0.25, 3, 0])),
        .step(steps[0]),
        .step(steps[1]),
        .coefficientBlock(.init(outerEpoch: 1, index: 3, ingredients: [1], norms: [0.5, 0.0625])),
        .step(steps[2]),
        .evaluation(
            .init(
                step: 3,
                subject: .iterate,
                part: .monitor,
                loss: 0.75,
                correct: 7,
                samples: 8,
                isKept: true
            )
        ),
        .evaluation(
            .init(
                step: 3,
                subject: .greedy,
                part: .learning,
                ingredients: [2, 0],
                loss: 0.5,
                correct: 5_000_000_000,
                samples: 6_000_000_000
            )
        ),
        .footer(
            .init(
                alpha: [0.5, 0.25, -0.125, 8, 0.625, -7.25],
                heldOutAccuracy: 0.9125,
                heldOutLoss: 0.2,
                temperature: 1.5
            )
        ),
    ]

    static let rankRecords: [TraceRecord] = [
        .ranksHeader(.init(hosts: ["hosta", "hostb"])),
        .rankStep(
            .init(
                number: 0,
                seconds: 0.5,
                ranks: [
                    .init(
                        phaseSeconds: [0.001, 0.002, 0.003, 0.4, 0.005, 0.006, 0.007, 0],
                        bytesSent: 5_000_000_000,
                        gradient: [0.75, -2, 123_456_789, 0]
                    ),
                    .init(
                        phaseSeconds: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
                        bytesSent: 7,
                        gradient: [0.25, -0.5, 0.125, .leastNonzeroMagnitude]
                    ),
                ]
            )
        ),
        .ranksHeader(.init(hosts: ["hosta"])),
        .rankStep(
            .init(
                number: 1,
                seconds: 0.25,
                ranks: [.init(phaseSeconds: [0, 0, 0, 0.25, 0, 0, 0, 0], bytesSent: 0)]
            )
        ),
    ]

    static func fixture(_ name: String) throws -> String {
        let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil)
        return try #require(url).path
    }
}

extension TemporaryFolder {
    /// A finished trace of these records.
    func trace(_ name: String, _ records: [TraceRecord]) throws -> String {
        try write(records.flatMap { $0.framed() }, name)
    }
}

func readAll(_ path: String) throws -> [TraceRecord] {
    let reader = try TraceReader(path)
    var records: [TraceRecord] = []
    while let record = try reader.next() { records.append(record) }
    return records
}

func readBytes(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}
