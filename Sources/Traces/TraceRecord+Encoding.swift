import CProtobufC
import CWire
import Wire

/// The version of `proto/trace.proto` that is written, and the only one that is read.
let traceFormat: UInt32 = 1

extension TraceRecord {
    /// The record as it stands in a file: its length as a varint, then the message.
    func framed() -> [UInt8] {
        let arena = WireArena()
        var record = Mehlsoup__Trace__Record()
        mehlsoup__trace__record__init(&record)
        switch self {
        case .header(let header):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_HEADER
            record.header = arena.place(header.wire(arena))
        case .coefficientBlock(let block):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_COEFFICIENT_BLOCK
            record.coefficient_block = arena.place(block.wire(arena))
        case .step(let step):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_STEP
            record.step = arena.place(step.wire(arena))
        case .footer(let footer):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_FOOTER
            record.footer = arena.place(footer.wire(arena))
        case .ranksHeader(let header):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_RANKS_HEADER
            record.ranks_header = arena.place(header.wire(arena))
        case .rankStep(let step):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_RANK_STEP
            record.rank_step = arena.place(step.wire(arena))
        case .evaluation(let evaluation):
            record.kind_case = MEHLSOUP__TRACE__RECORD__KIND_EVALUATION
            record.evaluation = arena.place(evaluation.wire(arena))
        }
        return withExtendedLifetime(arena) {
            let length = mehlsoup__trace__record__get_packed_size(&record)
            let prefix = varint(UInt64(length))
            return [UInt8](unsafeUninitializedCapacity: prefix.count + length) { buffer, count in
                _ = buffer.update(fromContentsOf: prefix)
                if let start = buffer.baseAddress {
                    mehlsoup__trace__record__pack(&record, start + prefix.count)
                }
                count = prefix.count + length
            }
        }
    }
}

/// Seven bits a byte, the lowest first; the top bit says that more follow.
func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 0x7F {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
    }
    bytes.append(UInt8(rest))
    return bytes
}

extension TraceHeader {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__Header {
        var message = Mehlsoup__Trace__Header()
        mehlsoup__trace__header__init(&message)
        message.format = traceFormat
        message.program_version = arena.string(programVersion)
        message.method = arena.string(method)
        message.granularity = arena.string(granularity)
        message.seed = seed
        message.n_ingredients = ingredients.count
        message.ingredients = arena.array(ingredients.map { arena.string($0) })
        message.n_groups = groups.count
        message.groups = arena.array(
            groups.map { group in
                var part = Mehlsoup__Trace__Group()
                mehlsoup__trace__group__init(&part)
                part.name = arena.string(group.name)
                part.parameters = UInt64(group.parameters)
                return Optional(arena.place(part))
            }
        )
        message.n_options = options.count
        message.options = arena.array(
            options.map { option in
                var part = Mehlsoup__Trace__Option()
                mehlsoup__trace__option__init(&part)
                part.name = arena.string(option.name)
                part.value = arena.string(option.value)
                return Optional(arena.place(part))
            }
        )
        return message
    }
}

extension TraceCoefficientBlock {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__CoefficientBlock {
        var message = Mehlsoup__Trace__CoefficientBlock()
        mehlsoup__trace__coefficient_block__init(&message)
        message.outer_epoch = UInt32(outerEpoch)
        message.index = UInt32(index)
        message.n_ingredients = ingredients.count
        message.ingredients = arena.array(ingredients.map { UInt32($0) })
        message.n_norms = norms.count
        message.norms = arena.array(norms)
        message.fold = UInt32(fold)
        return message
    }
}

extension TraceStep {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__Step {
        var message = Mehlsoup__Trace__Step()
        mehlsoup__trace__step__init(&message)
        message.number = UInt64(number)
        message.outer_epoch = UInt32(outerEpoch)
        message.coefficient_block = UInt32(coefficientBlock)
        message.inner_epoch = UInt32(innerEpoch)
        message.batch = UInt32(batch)
        message.n_alpha = alpha.count
        message.alpha = arena.array(alpha)
        message.n_gradient = gradient.count
        message.gradient = arena.array(gradient)
        message.loss = loss
        message.accuracy = accuracy
        message.learning_rate = learningRate
        message.gradient_norm = gradientNorm
        message.n_samples = samples.count
        message.samples = arena.array(samples.map { UInt32($0) })
        message.n_still_groups = stillGroups.count
        message.still_groups = arena.array(stillGroups.map { UInt32($0) })
        message.temperature = temperature == 1 ? 0 : temperature
        return message
    }
}

extension TraceFooter {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__Footer {
        var message = Mehlsoup__Trace__Footer()
        mehlsoup__trace__footer__init(&message)
        message.n_alpha = alpha.count
        message.alpha = arena.array(alpha)
        message.heldout_accuracy = heldOutAccuracy
        message.heldout_loss = heldOutLoss
        message.temperature = temperature == 1 ? 0 : temperature
        return message
    }
}

extension TraceEvaluation {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__Evaluation {
        var message = Mehlsoup__Trace__Evaluation()
        mehlsoup__trace__evaluation__init(&message)
        message.step = UInt64(step)
        message.subject = subject.wire
        message.part = part.wire
        message.n_ingredients = ingredients.count
        message.ingredients = arena.array(ingredients.map { UInt32($0) })
        message.loss = loss
        message.correct = UInt64(correct)
        message.samples = UInt64(samples)
        message.kept = isKept ? 1 : 0
        let distances = distance.map { [$0] } ?? []
        message.n_distance = distances.count
        message.distance = arena.array(distances)
        if let method { message.method = arena.string(method) }
        if let calibration {
            message.temperature = calibration.temperature
            message.calibrated_loss = calibration.loss
        }
        return message
    }
}

extension TraceEvaluation.Subject {
    var wire: Mehlsoup__Trace__Evaluation__Subject {
        switch self {
        case .iterate: MEHLSOUP__TRACE__EVALUATION__SUBJECT__ITERATE
        case .ingredient: MEHLSOUP__TRACE__EVALUATION__SUBJECT__INGREDIENT
        case .mean: MEHLSOUP__TRACE__EVALUATION__SUBJECT__MEAN
        case .greedy: MEHLSOUP__TRACE__EVALUATION__SUBJECT__GREEDY
        case .candidate: MEHLSOUP__TRACE__EVALUATION__SUBJECT__CANDIDATE
        }
    }
}

extension TraceEvaluation.Part {
    var wire: Mehlsoup__Trace__Evaluation__Part {
        switch self {
        case .all: MEHLSOUP__TRACE__EVALUATION__PART__ALL
        case .learning: MEHLSOUP__TRACE__EVALUATION__PART__LEARNING
        case .monitor: MEHLSOUP__TRACE__EVALUATION__PART__MONITOR
        case .trial: MEHLSOUP__TRACE__EVALUATION__PART__TRIAL
        case .look: MEHLSOUP__TRACE__EVALUATION__PART__LOOK
        case .outOfFold: MEHLSOUP__TRACE__EVALUATION__PART__OUT_OF_FOLD
        }
    }
}

extension TraceRanksHeader {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__RanksHeader {
        var message = Mehlsoup__Trace__RanksHeader()
        mehlsoup__trace__ranks_header__init(&message)
        message.format = traceFormat
        message.n_hosts = hosts.count
        message.hosts = arena.array(hosts.map { arena.string($0) })
        message.n_phases = phases.count
        message.phases = arena.array(phases.map { arena.string($0) })
        return message
    }
}

extension TraceRankStep {
    fileprivate func wire(_ arena: WireArena) -> Mehlsoup__Trace__RankStep {
        var message = Mehlsoup__Trace__RankStep()
        mehlsoup__trace__rank_step__init(&message)
        message.number = UInt64(number)
        message.seconds = seconds
        message.n_ranks = ranks.count
        message.ranks = arena.array(
            ranks.map { share in
                var part = Mehlsoup__Trace__RankShare()
                mehlsoup__trace__rank_share__init(&part)
                part.n_phase_seconds = share.phaseSeconds.count
                part.phase_seconds = arena.array(share.phaseSeconds)
                part.bytes_sent = UInt64(share.bytesSent)
                part.n_gradient = share.gradient.count
                part.gradient = arena.array(share.gradient)
                return Optional(arena.place(part))
            }
        )
        return message
    }
}
