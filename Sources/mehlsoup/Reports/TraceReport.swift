import Checkpoints
import Traces

/// A trace in one paragraph; `mehlsoup trace` tells more.
struct TraceReport: Report {
    let path: String
    let overview: TraceOverview

    private enum CodingKeys: String, CodingKey {
        case kind, path, method, seed, ingredients, groups, granularity, steps, losses, isComplete
        case heldOutAccuracy = "heldout_accuracy"
        case heldOutLoss = "heldout_loss"
        case hosts, seconds, bytesSent
    }

    init(_ path: String) throws {
        self.path = path
        overview = try TraceOverview(path)
    }

    var lines: [String] {
        switch overview {
        case .steps(let trace):
            let header = trace.header
            let losses =
                trace.losses.map { " with losses from \(significant($0[0])) to \(significant($0[1]))" } ?? ""
            let end =
                trace.footer.map { footer in
                    """
                    held-out accuracy \(significant(footer.heldOutAccuracy)), \
                    loss \(significant(footer.heldOutLoss))
                    """
                } ?? "the run has not ended"
            return [
                "\(path.onOneLine): trace",
                "  \(header.method), seed \(header.seed), program \(header.programVersion)".onOneLine,
                """
                  \(header.ingredients.count.of("ingredient")), \(header.groups.count.of("group")) \
                by \(header.granularity.onOneLine)
                """,
                """
                  \(trace.count.of("step")) in \(trace.coefficientBlocks.of("coefficient block"))\(losses); \(end)
                """,
            ]
        case .ranks(let trace):
            let hosts = Set(trace.hosts).sorted().joined(separator: ", ").onOneLine
            let perStep = trace.seconds / Double(max(trace.count, 1))
            return [
                "\(path.onOneLine): trace of ranks",
                "  \(trace.hosts.count.of("rank")) on \(hosts)",
                """
                  \(trace.count.of("step")) of \(significant(perStep)) s on average; \
                \(significant(trace.bytesSent)) bytes sent by all ranks
                """,
            ]
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path, forKey: .path)
        switch overview {
        case .steps(let trace):
            try container.encode("trace", forKey: .kind)
            try container.encode(trace.header.method, forKey: .method)
            try container.encode(trace.header.seed, forKey: .seed)
            try container.encode(trace.header.ingredients.count, forKey: .ingredients)
            try container.encode(trace.header.groups.count, forKey: .groups)
            try container.encode(trace.header.granularity, forKey: .granularity)
            try container.encode(trace.count, forKey: .steps)
            try container.encode(trace.losses?.map(JSONNumber.init), forKey: .losses)
            try container.encode(trace.footer != nil, forKey: .isComplete)
            try container.encode(
                trace.footer.map { JSONNumber($0.heldOutAccuracy) },
                forKey: .heldOutAccuracy
            )
            try container.encode(trace.footer.map { JSONNumber($0.heldOutLoss) }, forKey: .heldOutLoss)
        case .ranks(let trace):
            try container.encode("trace of ranks", forKey: .kind)
            try container.encode(trace.hosts, forKey: .hosts)
            try container.encode(trace.count, forKey: .steps)
            try container.encode(JSONNumber(trace.seconds), forKey: .seconds)
            try container.encode(JSONNumber(trace.bytesSent), forKey: .bytesSent)
        }
    }
}

/// A number as JSON has it: null where it is not finite, as the loss of a run that diverged.
struct JSONNumber: Encodable {
    let value: Double

    init(_ value: Double) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    }
}
