import Files
import Foundation

/// A trace as people read it.
package struct TraceSummary {
    private let path: String
    private let output: (String) throws -> Void

    /// `path` is that of a trace of steps or of a run's folder; `output` gets one line at a time.
    package init(_ path: String, output: @escaping (String) throws -> Void) throws {
        self.path = try TraceFiles.resolve(path)
        self.output = output
    }

    /// Prints the header, a line per coefficient block and step, and each ingredient's final α.
    package func show() throws {
        let reader = try TraceReader(path)
        let header = try reader.readHeader()
        var seconds = try StepSeconds(beside: path)
        try show(header)
        while let record = try reader.next() {
            switch record {
            case .coefficientBlock(let block):
                try show(block, header)
                try output("  step      loss  accuracy  learning rate       ‖g‖   seconds")
            case .step(let step):
                let time = try seconds.ofStep(step.number)
                try output(
                    aligned(step.number, 6) + fixed(step.loss, 5, 10) + fixed(step.accuracy, 4, 10)
                        + fixed(step.learningRate, 6, 15) + short(step.gradientNorm, 10)
                        + (time.map { fixed($0, 3, 10) } ?? "         –")
                )
            case .footer(let footer): try show(footer, header)
            case .evaluation(let evaluation): try show(evaluation, header)
            case .header, .ranksHeader, .rankStep: break
            }
        }
        if !reader.isComplete { try output("no footer: the run has not ended") }
    }

    /// Prints step `number` alone, with α and ∂L/∂α of every group and ingredient.
    package func show(step number: Int) throws {
        let reader = try TraceReader(path)
        let header = try reader.readHeader()
        while let record = try reader.next() {
            guard case .step(let step) = record, step.number == number,
                let block = reader.coefficientBlock
            else { continue }
            return try show(step, block, header)
        }
        throw TraceError(path, "expected a step below \(reader.nextStep), found --step \(number)")
    }

    private func show(_ header: TraceHeader) throws {
        let parameters = header.groups.reduce(0.0) { $0 + Double($1.parameters) }
        try output("\(path): \(header.method), seed \(header.seed), program \(header.programVersion)")
        try output(
            """
            \(header.ingredients.count) ingredients; \(header.groups.count) groups by \(header.granularity), \
            \(String(format: "%.0f", parameters)) parameters
            """
        )
        for option in header.options { try output("  \(option.name): \(option.value)") }
    }

    private func show(_ block: TraceCoefficientBlock, _ header: TraceHeader) throws {
        let names = block.ingredients.map { header.ingredients[$0] }.joined(separator: ", ")
        let fold = block.fold > 0 ? ", fold \(block.fold)" : ""
        try output("coefficient block \(block.index) of outer epoch \(block.outerEpoch)\(fold): \(names)")
    }

    private func show(_ evaluation: TraceEvaluation, _ header: TraceHeader) throws {
        let last = evaluation.ingredients.last.map { " (\(header.ingredients[$0]))" } ?? ""
        try output(
            "        \(fixed(evaluation.loss, 5, 8))\(fixed(evaluation.accuracy, 4, 10))  \(evaluation.name)\(last)"
                + (evaluation.isKept ? ", kept" : "")
                + (evaluation.calibration.map {
                    ", \(fixed($0.loss, 5, 0)) at temperature \(fixed($0.temperature, 3, 0))"
                } ?? "")
                + (evaluation.distance.map { ", \(String(format: "%.4g", $0)) from the mean" } ?? "")
        )
    }

    private func show(_ footer: TraceFooter, _ header: TraceHeader) throws {
        let temperature = footer.temperature == 1 ? "" : ", temperature \(fixed(footer.temperature, 4, 0))"
        try output(
            """
            held-out accuracy \(fixed(footer.heldOutAccuracy, 4, 0)), loss \(fixed(footer.heldOutLoss, 5, 0))\
            \(temperature)
            """
        )
        try output("final α over the groups")
        try output("     least      mean  greatest  ingredient")
        let groups = header.groups.count
        for (index, name) in header.ingredients.enumerated() {
            let row = footer.alpha[index * groups..<(index + 1) * groups]
            let mean = row.reduce(0, +) / Double(max(row.count, 1))
            try output(
                fixed(row.min() ?? .nan, 5, 10) + fixed(mean, 5, 10) + fixed(row.max() ?? .nan, 5, 10)
                    + "  \(name)"
            )
        }
    }

    private func show(_ step: TraceStep, _ block: TraceCoefficientBlock, _ header: TraceHeader) throws {
        try output(
            """
            step \(step.number): batch \(step.batch) of inner epoch \(step.innerEpoch), coefficient block \
            \(block.index) of outer epoch \(block.outerEpoch)
            """
        )
        try output(
            """
            loss \(step.loss), accuracy \(step.accuracy), learning rate \(step.learningRate), \
            ‖g‖ \(step.gradientNorm), \(step.samples.count) samples
            """
        )
        // A group whose ingredients nearly agree gets a huge α from a tiny step: α·‖w − c‖ shows how far it moves.
        try output("           α        ∂L/∂α     ‖w − c‖   α·‖w − c‖  group, ingredient")
        let groups = header.groups.count
        let still = Set(step.stillGroups)
        for group in 0..<groups {
            let mark = still.contains(group) ? ", still" : ""
            for (row, ingredient) in block.ingredients.enumerated() {
                let index = row * groups + group
                try output(
                    short(step.alpha[index], 12) + short(step.gradient[index], 13)
                        + short(block.norms[index], 12) + short(step.alpha[index] * block.norms[index], 12)
                        + "  \(header.groups[group].name), \(header.ingredients[ingredient])\(mark)"
                )
            }
        }
        guard !still.isEmpty else { return }
        try output("still: the group's gradient was too small a share of ‖g‖ and counted as zero")
    }
}

/// The seconds of each step, from the trace of ranks beside a trace; none where there is no such file.
private struct StepSeconds {
    private let reader: TraceReader?

    init(beside path: String) throws {
        reader = try TraceFiles.ranks(beside: path).map { try TraceReader($0) }
    }

    /// Steps are asked for in order, from 0.
    mutating func ofStep(_ number: Int) throws -> Double? {
        while let record = try reader?.next() {
            if case .rankStep(let step) = record { return step.number == number ? step.seconds : nil }
        }
        return nil
    }
}

private func fixed(_ value: Double, _ digits: Int, _ width: Int) -> String {
    String(format: "%\(width).\(digits)f", value)
}

private func short(_ value: Double, _ width: Int) -> String {
    String(format: "%\(width).4g", value)
}

private func aligned(_ value: Int, _ width: Int) -> String {
    let text = "\(value)"
    return String(repeating: " ", count: max(width - text.count, 0)) + text
}
