/// Which record may follow which, and how long its arrays must be: what a trace's records promise each other.
struct TraceShape {
    private(set) var header: TraceHeader?
    private(set) var ranksHeader: TraceRanksHeader?
    private(set) var coefficientBlock: TraceCoefficientBlock?
    private(set) var isComplete = false
    /// The number that the next step must have: the steps of a trace have no gap.
    private(set) var nextStep = 0

    /// Whether no record has come yet.
    var isEmpty: Bool { header == nil && ranksHeader == nil }

    /// Takes `record` as the next one, or says what is wrong with it.
    mutating func problem(with record: TraceRecord) -> String? {
        if isComplete { return "expected the end of the file after the footer, found \(record.kindName)" }
        switch record {
        case .header(let next):
            guard header == nil, ranksHeader == nil else { return misplaced(record) }
            header = next
        case .coefficientBlock(let block):
            guard let header else { return misplaced(record) }
            let places = header.ingredients.indices
            if let wrong = block.ingredients.first(where: { !places.contains($0) }) {
                return "ingredients: expected less than \(places.count), found \(wrong)"
            }
            if Set(block.ingredients).count != block.ingredients.count {
                return "ingredients: expected different ones, found one twice"
            }
            if let problem = wrongLength("norms", block.norms, block.ingredients.count, header) {
                return problem
            }
            coefficientBlock = block
        case .step(let step): return problem(with: step, record)
        case .footer(let footer):
            guard let header else { return misplaced(record) }
            if let problem = wrongLength("alpha", footer.alpha, header.ingredients.count, header) {
                return problem
            }
            isComplete = true
        case .ranksHeader(let next):
            guard header == nil else { return misplaced(record) }
            if next.hosts.isEmpty { return "hosts: expected one per rank, found none" }
            ranksHeader = next
        case .rankStep(let step): return problem(with: step, record)
        case .evaluation(let evaluation): return problem(with: evaluation, record)
        }
        return nil
    }

    private func problem(with evaluation: TraceEvaluation, _ record: TraceRecord) -> String? {
        guard let header else { return misplaced(record) }
        if evaluation.step != nextStep {
            return "expected an evaluation after \(nextStep) steps, found one after \(evaluation.step)"
        }
        if let wrong = evaluation.ingredients.first(where: { !header.ingredients.indices.contains($0) }) {
            return "ingredients: expected less than \(header.ingredients.count), found \(wrong)"
        }
        if evaluation.correct > evaluation.samples {
            return "correct: expected at most \(evaluation.samples), found \(evaluation.correct)"
        }
        return nil
    }

    private mutating func problem(with step: TraceStep, _ record: TraceRecord) -> String? {
        guard let header, let block = coefficientBlock else { return misplaced(record) }
        if step.number != nextStep { return "expected step \(nextStep), found step \(step.number)" }
        if step.outerEpoch != block.outerEpoch || step.coefficientBlock != block.index {
            return """
                expected a step of coefficient block \(block.index) of outer epoch \(block.outerEpoch), found \
                one of \(step.coefficientBlock) of \(step.outerEpoch)
                """
        }
        let rows = block.ingredients.count
        if let problem = wrongLength("alpha", step.alpha, rows, header)
            ?? wrongLength("gradient", step.gradient, rows, header)
        {
            return problem
        }
        if let problem = wrongPlaces(step.stillGroups, header) { return problem }
        nextStep += 1
        return nil
    }

    private mutating func problem(with step: TraceRankStep, _ record: TraceRecord) -> String? {
        guard let ranksHeader else { return misplaced(record) }
        if step.number != nextStep { return "expected step \(nextStep), found step \(step.number)" }
        if step.ranks.count != ranksHeader.hosts.count {
            return "ranks: expected \(ranksHeader.hosts.count), found \(step.ranks.count)"
        }
        for (rank, share) in step.ranks.enumerated() {
            if share.phaseSeconds.count != ranksHeader.phases.count {
                return
                    "rank \(rank): expected \(ranksHeader.phases.count) phases, found \(share.phaseSeconds.count)"
            }
            let expected = step.ranks[0].gradient.count
            if share.gradient.count != expected {
                return "rank \(rank): gradient: expected \(expected) numbers, found \(share.gradient.count)"
            }
        }
        nextStep += 1
        return nil
    }

    private func misplaced(_ record: TraceRecord) -> String {
        let expected =
            if ranksHeader != nil {
                "a step of the ranks or a ranks' header"
            } else if header == nil {
                "a header"
            } else if coefficientBlock == nil {
                "a coefficient block"
            } else {
                "a step, a coefficient block, an evaluation or a footer"
            }
        return "expected \(expected), found \(record.kindName)"
    }

    private func wrongPlaces(_ stillGroups: [Int], _ header: TraceHeader) -> String? {
        let places = header.groups.indices
        if let wrong = stillGroups.first(where: { !places.contains($0) }) {
            return "still groups: expected less than \(places.count), found \(wrong)"
        }
        let pairs = zip(stillGroups, stillGroups.dropFirst())
        guard let (first, second) = pairs.first(where: { $0 >= $1 }) else { return nil }
        return "still groups: expected ascending ones, found \(second) after \(first)"
    }

    private func wrongLength(_ name: String, _ values: [Double], _ rows: Int, _ header: TraceHeader)
        -> String?
    {
        let (expected, overflow) = rows.multipliedReportingOverflow(by: header.groups.count)
        guard overflow || values.count != expected else { return nil }
        return """
            \(name): expected \(rows) ingredients × \(header.groups.count) groups, found \(values.count) numbers
            """
    }
}

extension TraceRecord {
    var kindName: String {
        switch self {
        case .header: "a header"
        case .coefficientBlock: "a coefficient block"
        case .step: "a step"
        case .footer: "a footer"
        case .ranksHeader: "a ranks' header"
        case .rankStep: "a step of the ranks"
        case .evaluation: "an evaluation"
        }
    }
}
