import CProtobufC
import CWire

/// A message that is well-formed protobuf and yet no record of a trace.
struct TraceRecordProblem: Error {
    let text: String
}

extension TraceRecord {
    /// Reads one message, without its length.
    init(message: UnsafeRawBufferPointer) throws(TraceRecordProblem) {
        let bytes = message.assumingMemoryBound(to: UInt8.self)
        guard let record = mehlsoup__trace__record__unpack(nil, bytes.count, bytes.baseAddress) else {
            throw TraceRecordProblem(
                text: "expected a record, found bytes that are none: the file is damaged"
            )
        }
        defer { mehlsoup__trace__record__free_unpacked(record, nil) }
        switch record.pointee.kind_case {
        case MEHLSOUP__TRACE__RECORD__KIND_HEADER:
            self = .header(try TraceHeader(try present(record.pointee.header)))
        case MEHLSOUP__TRACE__RECORD__KIND_COEFFICIENT_BLOCK:
            self = .coefficientBlock(TraceCoefficientBlock(try present(record.pointee.coefficient_block)))
        case MEHLSOUP__TRACE__RECORD__KIND_STEP:
            self = .step(try TraceStep(try present(record.pointee.step)))
        case MEHLSOUP__TRACE__RECORD__KIND_FOOTER:
            self = .footer(TraceFooter(try present(record.pointee.footer)))
        case MEHLSOUP__TRACE__RECORD__KIND_RANKS_HEADER:
            self = .ranksHeader(try TraceRanksHeader(try present(record.pointee.ranks_header)))
        case MEHLSOUP__TRACE__RECORD__KIND_RANK_STEP:
            self = .rankStep(try TraceRankStep(try present(record.pointee.rank_step)))
        case MEHLSOUP__TRACE__RECORD__KIND_EVALUATION:
            self = .evaluation(try TraceEvaluation(try present(record.pointee.evaluation)))
        default:
            throw TraceRecordProblem(
                text: "expected a kind of record that this version knows, found another or none"
            )
        }
    }
}

private func present<T>(_ message: UnsafeMutablePointer<T>?) throws(TraceRecordProblem) -> T {
    guard let message else { throw TraceRecordProblem(text: "expected a record, found an empty one") }
    return message.pointee
}

private func array<T>(_ start: UnsafeMutablePointer<T>?, _ count: Int) -> [T] {
    Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
}

private func integers(_ start: UnsafeMutablePointer<UInt32>?, _ count: Int) -> [Int] {
    array(start, count).map { Int($0) }
}

private func text(_ characters: UnsafeMutablePointer<CChar>?) -> String {
    characters.map { String(cString: $0) } ?? ""
}

private func integer(_ value: UInt64, _ name: String) throws(TraceRecordProblem) -> Int {
    guard let value = Int(exactly: value) else {
        throw TraceRecordProblem(text: "\(name): expected less than 2⁶³, found \(value)")
    }
    return value
}

private func checkFormat(_ format: UInt32) throws(TraceRecordProblem) {
    guard format == traceFormat else {
        throw TraceRecordProblem(text: "expected format \(traceFormat), found format \(format)")
    }
}

extension TraceHeader {
    fileprivate init(_ message: Mehlsoup__Trace__Header) throws(TraceRecordProblem) {
        try checkFormat(message.format)
        var groups: [Group] = []
        for part in array(message.groups, message.n_groups) {
            let group = try present(part)
            groups.append(
                Group(name: text(group.name), parameters: try integer(group.parameters, "parameters"))
            )
        }
        var options: [Option] = []
        for part in array(message.options, message.n_options) {
            let option = try present(part)
            options.append(Option(name: text(option.name), value: text(option.value)))
        }
        self.init(
            programVersion: text(message.program_version),
            method: text(message.method),
            granularity: text(message.granularity),
            seed: message.seed,
            ingredients: array(message.ingredients, message.n_ingredients).map(text),
            groups: groups,
            options: options
        )
    }
}

extension TraceCoefficientBlock {
    fileprivate init(_ message: Mehlsoup__Trace__CoefficientBlock) {
        self.init(
            outerEpoch: Int(message.outer_epoch),
            index: Int(message.index),
            ingredients: integers(message.ingredients, message.n_ingredients),
            norms: array(message.norms, message.n_norms),
            fold: Int(message.fold)
        )
    }
}

extension TraceStep {
    fileprivate init(_ message: Mehlsoup__Trace__Step) throws(TraceRecordProblem) {
        self.init(
            number: try integer(message.number, "step number"),
            outerEpoch: Int(message.outer_epoch),
            coefficientBlock: Int(message.coefficient_block),
            innerEpoch: Int(message.inner_epoch),
            batch: Int(message.batch),
            alpha: array(message.alpha, message.n_alpha),
            gradient: array(message.gradient, message.n_gradient),
            loss: message.loss,
            accuracy: message.accuracy,
            learningRate: message.learning_rate,
            gradientNorm: message.gradient_norm,
            samples: integers(message.samples, message.n_samples),
            stillGroups: integers(message.still_groups, message.n_still_groups),
            temperature: message.temperature == 0 ? 1 : message.temperature
        )
    }
}

extension TraceFooter {
    fileprivate init(_ message: Mehlsoup__Trace__Footer) {
        self.init(
            alpha: array(message.alpha, message.n_alpha),
            heldOutAccuracy: message.heldout_accuracy,
            heldOutLoss: message.heldout_loss,
            temperature: message.temperature == 0 ? 1 : message.temperature
        )
    }
}

extension TraceEvaluation {
    fileprivate init(_ message: Mehlsoup__Trace__Evaluation) throws(TraceRecordProblem) {
        guard let subject = Subject.allCases.first(where: { $0.wire == message.subject }) else {
            throw TraceRecordProblem(
                text: "expected an evaluation's subject that this version knows, found another"
            )
        }
        guard let part = Part.allCases.first(where: { $0.wire == message.part }) else {
            throw TraceRecordProblem(
                text: "expected a part of the held-out data that this version knows, found another"
            )
        }
        let isCandidate = subject == .candidate
        self.init(
            step: try integer(message.step, "steps done"),
            subject: subject,
            part: part,
            ingredients: integers(message.ingredients, message.n_ingredients),
            loss: message.loss,
            correct: try integer(message.correct, "correct answers"),
            samples: try integer(message.samples, "samples"),
            isKept: message.kept != 0,
            distance: array(message.distance, message.n_distance).first,
            method: isCandidate ? text(message.method) : nil,
            calibration: isCandidate
                ? Calibration(temperature: message.temperature, loss: message.calibrated_loss) : nil
        )
    }
}

extension TraceRanksHeader {
    fileprivate init(_ message: Mehlsoup__Trace__RanksHeader) throws(TraceRecordProblem) {
        try checkFormat(message.format)
        self.init(
            hosts: array(message.hosts, message.n_hosts).map(text),
            phases: array(message.phases, message.n_phases).map(text)
        )
    }
}

extension TraceRankStep {
    fileprivate init(_ message: Mehlsoup__Trace__RankStep) throws(TraceRecordProblem) {
        var shares: [Share] = []
        for part in array(message.ranks, message.n_ranks) {
            let share = try present(part)
            shares.append(
                Share(
                    phaseSeconds: array(share.phase_seconds, share.n_phase_seconds),
                    bytesSent: try integer(share.bytes_sent, "bytes sent"),
                    gradient: array(share.gradient, share.n_gradient)
                )
            )
        }
        self.init(
            number: try integer(message.number, "step number"),
            seconds: message.seconds,
            ranks: shares
        )
    }
}
