import Files
import Foundation
import Runs
import Soups
import Traces

extension FuzzTarget {
    /// What runs leave in their folders.
    static let runs = [
        // A state file, or what stands in one.
        FuzzTarget("state") { folder, bytes in
            let isFile = bytes.starts(with: "mehlsoup-state".utf8)
            var digest = RunningDigest()
            ("4\n".utf8 + bytes).withUnsafeBytes { digest.update($0) }
            let header = "mehlsoup-state 1 4 \(bytes.count) \(digest.text)\n"
            _ = try folder.write(isFile ? bytes : Array(header.utf8) + bytes, "state-0.json")
            for (name, trace) in [("trace.pb.partial", steps), ("trace-ranks.pb.partial", ranks)] {
                _ = try folder.write(trace, name)
            }
            var settings = SoupSettings(batchesPerEpoch: 2)
            settings.epochs = 3000
            settings.monitorEvery = 2
            // A simplex takes all ingredients at once.
            for (space, blockSize) in [(SoupMethod.Space.simplex, 3), (.hyperplane, 2)] {
                settings.blockSize = blockSize
                try tolerating { try SavedRuns.check(folder.path, space, settings, ingredients: 3) }
            }
        },
        // Either trace, alone in its folder.
        FuzzTarget("trace") { folder, bytes in
            let path = try folder.write(bytes, "trace.pb")
            try tolerating { _ = try TraceOverview(path) }
            try tolerating { try TraceSummary(path) { _ in }.show() }
            for step in [0, 1] { try tolerating { try TraceSummary(path) { _ in }.show(step: step) } }
            for format in TraceExport.Format.allCases {
                try tolerating { try TraceExport.export(path, as: format) { _ in } }
            }
            try tolerating { _ = try TraceDiff().compare(path, path) { _ in } }
        },
    ]
}

/// The traces of a run that has done two steps.
private let (steps, ranks) = traces() ?? ([], [])

private func traces() -> (steps: [UInt8], ranks: [UInt8])? {
    guard let folder = try? FuzzFolder() else { return nil }
    let files = TraceFiles(inFolder: folder.path)
    let header = TraceHeader(
        programVersion: "1",
        method: "mehl",
        granularity: "model",
        seed: 1,
        ingredients: ["a", "b", "c"],
        groups: [.init(name: "model", parameters: 4)],
        options: []
    )
    guard let steps = try? TraceWriter(files.steps, header: .header(header)),
        let ranks = try? TraceWriter(files.ranks, header: .ranksHeader(TraceRanksHeader(hosts: ["x", "y"])))
    else { return nil }
    let phases = TracePhase.allCases.map { _ in 0.5 }
    do {
        try steps.append(
            .coefficientBlock(
                TraceCoefficientBlock(outerEpoch: 0, index: 0, ingredients: [2, 0], norms: [1, 2])
            )
        )
        for number in 0..<2 {
            try steps.append(.step(step(number)))
            try ranks.append(
                .rankStep(
                    TraceRankStep(
                        number: number,
                        seconds: 1,
                        ranks: (0..<2).map { _ in TraceRankStep.Share(phaseSeconds: phases, bytesSent: 7) }
                    )
                )
            )
        }
        return try (read(steps.partialPath), read(ranks.partialPath))
    } catch {
        return nil
    }
}

private func step(_ number: Int) -> TraceStep {
    TraceStep(
        number: number,
        outerEpoch: 0,
        coefficientBlock: 0,
        innerEpoch: 0,
        batch: number,
        alpha: [0.5, 0.5],
        gradient: [0.1, -0.1],
        loss: 1,
        accuracy: 0.5,
        learningRate: 0.01,
        gradientNorm: 0.1,
        samples: [],
        stillGroups: [],
        temperature: 1
    )
}

private func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}
