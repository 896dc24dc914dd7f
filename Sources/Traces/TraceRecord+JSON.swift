extension TraceRecord {
    /// The record as one JSON object on one line.
    ///
    /// JSON has no numbers for what is not finite: they are the strings "NaN", "Infinity" and "-Infinity", as
    /// protobuf's JSON has them.
    var json: String {
        switch self {
        case .header(let header): header.json
        case .coefficientBlock(let block):
            object([
                ("record", quoted("coefficient_block")), ("outer_epoch", "\(block.outerEpoch)"),
                ("index", "\(block.index)"), ("ingredients", list(block.ingredients.map { "\($0)" })),
                ("norms", numbers(block.norms)), ("fold", "\(block.fold)"),
            ])
        case .step(let step): step.json
        case .footer(let footer):
            object([
                ("record", quoted("footer")), ("alpha", numbers(footer.alpha)),
                ("heldout_accuracy", number(footer.heldOutAccuracy)),
                ("heldout_loss", number(footer.heldOutLoss)),
                ("temperature", number(footer.temperature)),
            ])
        case .evaluation(let evaluation): evaluation.json
        case .ranksHeader(let header):
            object([
                ("record", quoted("ranks_header")), ("hosts", list(header.hosts.map(quoted))),
                ("phases", list(header.phases.map(quoted))),
            ])
        case .rankStep(let step):
            object([
                ("record", quoted("rank_step")), ("number", "\(step.number)"),
                ("seconds", number(step.seconds)), ("ranks", list(step.ranks.map(\.json))),
            ])
        }
    }
}

extension TraceHeader {
    fileprivate var json: String {
        let groups = groups.map { group in
            object([("name", quoted(group.name)), ("parameters", "\(group.parameters)")])
        }
        return object([
            ("record", quoted("header")), ("program_version", quoted(programVersion)),
            ("method", quoted(method)), ("granularity", quoted(granularity)), ("seed", "\(seed)"),
            ("ingredients", list(ingredients.map(quoted))), ("groups", list(groups)),
            (
                "options",
                list(options.map { object([("name", quoted($0.name)), ("value", quoted($0.value))]) })
            ),
        ])
    }
}

extension TraceStep {
    fileprivate var json: String {
        object([
            ("record", quoted("step")), ("number", "\(number)"), ("outer_epoch", "\(outerEpoch)"),
            ("coefficient_block", "\(coefficientBlock)"), ("inner_epoch", "\(innerEpoch)"),
            ("batch", "\(batch)"), ("alpha", numbers(alpha)), ("gradient", numbers(gradient)),
            ("loss", Traces.number(loss)), ("accuracy", Traces.number(accuracy)),
            ("learning_rate", Traces.number(learningRate)),
            ("gradient_norm", Traces.number(gradientNorm)), ("samples", list(samples.map { "\($0)" })),
            ("still_groups", list(stillGroups.map { "\($0)" })),
            ("temperature", Traces.number(temperature)),
        ])
    }
}

extension TraceEvaluation {
    fileprivate var json: String {
        object(
            [
                ("record", quoted("evaluation")), ("step", "\(step)"), ("subject", quoted(subject.rawValue)),
                ("part", quoted(part.rawValue)), ("ingredients", list(ingredients.map { "\($0)" })),
                ("loss", number(loss)), ("correct", "\(correct)"), ("samples", "\(samples)"),
                ("kept", "\(isKept)"),
            ] + (distance.map { [("distance", number($0))] } ?? [])
                + (method.map { [("method", quoted($0))] } ?? [])
                + (calibration.map {
                    [("temperature", number($0.temperature)), ("calibrated_loss", number($0.loss))]
                } ?? [])
        )
    }
}

extension TraceRankStep.Share {
    fileprivate var json: String {
        object([
            ("phase_seconds", numbers(phaseSeconds)), ("bytes_sent", "\(bytesSent)"),
            ("gradient", numbers(gradient)),
        ])
    }
}

private func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
}

private func list(_ values: [String]) -> String {
    "[" + values.joined(separator: ",") + "]"
}

private func numbers(_ values: [Double]) -> String {
    list(values.map(number))
}

private func number(_ value: Double) -> String {
    if value.isFinite { return "\(value)" }
    return value.isNaN ? "\"NaN\"" : (value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
}

private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case let control where control.value < 0x20:
            let digits = String(control.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
