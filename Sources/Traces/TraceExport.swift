/// A trace in a form that other programs read.
///
/// Paths are those of a trace of steps, a trace of ranks, or a run's folder (its trace of steps); `output` gets one
/// line at a time. Numbers are written with the fewest digits that read back as the same.
package enum TraceExport {
    package enum Format: String, Sendable, CaseIterable {
        case csv
        case jsonLines = "jsonl"
    }

    package static func export(
        _ path: String,
        as format: Format,
        output: (String) throws -> Void
    ) throws {
        let reader = try TraceReader(TraceFiles.resolve(path))
        switch format {
        case .csv: try csv(reader, output)
        case .jsonLines:
            while let record = try reader.next() { try output(record.json) }
        }
        if reader.recordCount == 0 {
            throw TraceError(reader.path, "expected a trace, found an empty file")
        }
    }

    /// Long form: a row per step, group and ingredient; of a trace of ranks, a row per step and rank.
    private static func csv(_ reader: TraceReader, _ output: (String) throws -> Void) throws {
        var header: TraceHeader?
        var phases: [String]?
        while let record = try reader.next() {
            switch record {
            case .header(let found):
                header = found
                try output(
                    """
                    step,outer_epoch,coefficient_block,inner_epoch,batch,group,ingredient,alpha,gradient,norm,\
                    loss,accuracy,learning_rate,gradient_norm
                    """
                )
            case .step(let step):
                if let header, let block = reader.coefficientBlock {
                    try rows(of: step, block, header, output)
                }
            case .ranksHeader(let found):
                // A resumed run's header has the same phases; its columns are those of the first.
                if phases == nil {
                    let columns = ["step", "rank", "step_seconds", "bytes_sent"] + found.phases
                    try output(columns.map(csvField).joined(separator: ","))
                } else if phases != found.phases {
                    throw reader.problem("expected the same phases throughout, found others")
                }
                phases = found.phases
            case .rankStep(let step):
                for (rank, share) in step.ranks.enumerated() {
                    let seconds = share.phaseSeconds.map { ",\($0)" }.joined()
                    try output("\(step.number),\(rank),\(step.seconds),\(share.bytesSent)\(seconds)")
                }
            case .coefficientBlock, .footer, .evaluation: break
            }
        }
    }

    private static func rows(
        of step: TraceStep,
        _ block: TraceCoefficientBlock,
        _ header: TraceHeader,
        _ output: (String) throws -> Void
    ) throws {
        let start =
            "\(step.number),\(step.outerEpoch),\(step.coefficientBlock),\(step.innerEpoch),\(step.batch)"
        let end = "\(step.loss),\(step.accuracy),\(step.learningRate),\(step.gradientNorm)"
        let groups = header.groups.map { csvField($0.name) }
        let ingredients = block.ingredients.map { csvField(header.ingredients[$0]) }
        for (group, groupName) in groups.enumerated() {
            for (row, ingredient) in ingredients.enumerated() {
                let index = row * groups.count + group
                try output(
                    """
                    \(start),\(groupName),\(ingredient),\(step.alpha[index]),\(step.gradient[index]),\
                    \(block.norms[index]),\(end)
                    """
                )
            }
        }
    }
}

/// A field of CSV (RFC 4180): quoted where it must be.
private func csvField(_ text: String) -> String {
    guard text.utf8.contains(where: { [44, 34, 10, 13].contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
}
