import CProtobufC
import CWire
import Soups
import Wire

extension Order {
    /// The order as protobuf.
    var bytes: [UInt8] {
        let arena = WireArena()
        var message = Mehlsoup__Coordination__Order()
        mehlsoup__coordination__order__init(&message)
        message.version = messageVersion
        switch self {
        case .enter(let ingredients, let alpha, let upcoming):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__ENTER
            (message.n_ingredients, message.ingredients) = arena.list(ingredients.map { UInt32($0) })
            (message.n_alpha, message.alpha) = arena.list(alpha?.values ?? [])
            (message.n_upcoming, message.upcoming) = arena.list(upcoming.map { UInt32($0) })
        case .step(let number, let fold, let displacement, let temperature, let samples, let upcoming):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__STEP
            message.temperature = temperature
            message.step = UInt64(number)
            message.fold = UInt32(fold)
            (message.n_displacement, message.displacement) = arena.list(displacement.values)
            (message.n_samples, message.samples) = arena.list(samples.map { UInt32($0) })
            (message.n_upcoming, message.upcoming) = arena.list(upcoming.map { UInt32($0) })
        case .settle(let displacement):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__SETTLE
            (message.n_displacement, message.displacement) = arena.list(displacement.values)
        case .mix(let alpha):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__MIX
            (message.n_alpha, message.alpha) = arena.list(alpha.values)
        case .combine(let fold, let displacement):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__COMBINE
            message.fold = UInt32(fold)
            (message.n_displacement, message.displacement) = arena.list(displacement.values)
        case .add(let ingredient, let anew):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__ADD
            message.anew = anew ? 1 : 0
            (message.n_ingredients, message.ingredients) = arena.list([UInt32(ingredient)])
        case .mean(let ingredient):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__MEAN
            (message.n_ingredients, message.ingredients) = arena.list([UInt32(ingredient)])
        case .evaluate(let dataset, let part, let answers):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__EVALUATE
            message.dataset = UInt32(dataset)
            (message.part, message.fold) = (part.wire, part.fold)
            message.answers = answers ? 1 : 0
        case .seeStatistics:
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__SEE_STATISTICS
        case .setStatistics(let values):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__SET_STATISTICS
            (message.n_statistics, message.statistics) = arena.list(values)
        case .measure(let measure):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__MEASURE
            message.measure = measure.wire
        case .digest:
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__DIGEST
        case .stop(let failure):
            message.kind = MEHLSOUP__COORDINATION__ORDER__KIND__STOP
            if let failure {
                message.failure = arena.string(failure.text)
                message.input_failure = failure.isInput ? 1 : 0
                message.stopped = failure.isStop ? 1 : 0
            }
        }
        let packed = withExtendedLifetime(arena) {
            [UInt8](unsafeUninitializedCapacity: mehlsoup__coordination__order__get_packed_size(&message)) {
                $1 = mehlsoup__coordination__order__pack(&message, $0.baseAddress)
            }
        }
        return MessageSeal.sealed(packed, .order)
    }

    /// Reads an order that asks for nothing beyond `limits`.
    init(_ bytes: [UInt8], limits: OrderLimits) throws(MessageError) {
        try self.init(unsealed: MessageSeal.opened(bytes, .order), groups: limits.groups)
        try limits.check(self)
    }

    /// Reads an order's protobuf; `groups` is the number of columns of every matrix in it.
    private init(unsealed bytes: [UInt8], groups: Int) throws(MessageError) {
        guard let pointer = mehlsoup__coordination__order__unpack(nil, bytes.count, bytes) else {
            throw MessageError("no order in \(bytes.count) bytes")
        }
        defer { mehlsoup__coordination__order__free_unpacked(pointer, nil) }
        let message = pointer.pointee
        guard message.version == messageVersion else {
            throw MessageError("version \(messageVersion) expected, \(message.version) found")
        }
        let displacement = Self.values(message.displacement, message.n_displacement)
        let alpha = Self.values(message.alpha, message.n_alpha)
        let failure = message.failure.map { String(cString: $0) } ?? ""
        switch message.kind {
        case MEHLSOUP__COORDINATION__ORDER__KIND__ENTER:
            self = .enter(
                ingredients: Self.values(message.ingredients, message.n_ingredients).map { Int($0) },
                alpha: alpha.isEmpty ? nil : try Self.matrix(alpha, groups),
                upcoming: Self.values(message.upcoming, message.n_upcoming).map { Int($0) }
            )
        case MEHLSOUP__COORDINATION__ORDER__KIND__STEP:
            self = .step(
                number: Int(clamping: message.step),
                fold: Int(message.fold),
                displacement: try Self.matrix(displacement, groups),
                temperature: message.temperature,
                samples: Self.values(message.samples, message.n_samples).map { Int($0) },
                upcoming: Self.values(message.upcoming, message.n_upcoming).map { Int($0) }
            )
        case MEHLSOUP__COORDINATION__ORDER__KIND__SETTLE:
            self = .settle(displacement: try Self.matrix(displacement, groups))
        case MEHLSOUP__COORDINATION__ORDER__KIND__MIX:
            self = .mix(alpha: try Self.matrix(alpha, groups))
        case MEHLSOUP__COORDINATION__ORDER__KIND__EVALUATE:
            self = .evaluate(
                dataset: Int(message.dataset),
                part: try HeldOutPart(message.part, fold: Int(message.fold)),
                answers: message.answers != 0
            )
        case MEHLSOUP__COORDINATION__ORDER__KIND__COMBINE:
            self = .combine(
                fold: Int(message.fold),
                displacement: try Self.matrix(displacement, groups)
            )
        case MEHLSOUP__COORDINATION__ORDER__KIND__ADD:
            self = .add(ingredient: try Self.ingredient(message), anew: message.anew != 0)
        case MEHLSOUP__COORDINATION__ORDER__KIND__MEAN:
            self = .mean(with: try Self.ingredient(message))
        case MEHLSOUP__COORDINATION__ORDER__KIND__SEE_STATISTICS:
            self = .seeStatistics
        case MEHLSOUP__COORDINATION__ORDER__KIND__SET_STATISTICS:
            self = .setStatistics(Self.values(message.statistics, message.n_statistics))
        case MEHLSOUP__COORDINATION__ORDER__KIND__MEASURE:
            guard let measure = Measure.allCases.first(where: { $0.wire == message.measure }) else {
                throw MessageError("a measure of no known kind")
            }
            self = .measure(measure)
        case MEHLSOUP__COORDINATION__ORDER__KIND__DIGEST:
            self = .digest
        case MEHLSOUP__COORDINATION__ORDER__KIND__STOP:
            self = .stop(
                failure.isEmpty
                    ? nil
                    : Failure(
                        text: failure,
                        isInput: message.input_failure != 0,
                        isStop: message.stopped != 0
                    )
            )
        default:
            throw MessageError("an order of no known kind")
        }
    }

    private static func ingredient(_ message: Mehlsoup__Coordination__Order) throws(MessageError) -> Int {
        guard let first = values(message.ingredients, message.n_ingredients).first else {
            throw MessageError("an order without the ingredient it is about")
        }
        return Int(first)
    }

    static func values<T>(_ pointer: UnsafeMutablePointer<T>?, _ count: Int) -> [T] {
        Array(UnsafeBufferPointer(start: pointer, count: pointer == nil ? 0 : count))
    }

    private static func matrix(_ values: [Double], _ columns: Int) throws(MessageError) -> CoefficientMatrix {
        guard columns > 0, !values.isEmpty, values.count.isMultiple(of: columns) else {
            throw MessageError("\(values.count) coefficients for \(columns) groups")
        }
        return CoefficientMatrix(rows: values.count / columns, columns: columns, values: values)
    }
}

extension Measure {
    fileprivate var wire: Mehlsoup__Coordination__Order__Measure {
        switch self {
        case .keep: MEHLSOUP__COORDINATION__ORDER__MEASURE__KEEP
        case .compare: MEHLSOUP__COORDINATION__ORDER__MEASURE__COMPARE
        case .forget: MEHLSOUP__COORDINATION__ORDER__MEASURE__FORGET
        }
    }
}

extension HeldOutPart {
    fileprivate var wire: Mehlsoup__Coordination__Order__Part {
        switch self {
        case .all: MEHLSOUP__COORDINATION__ORDER__PART__ALL
        case .learning: MEHLSOUP__COORDINATION__ORDER__PART__LEARNING
        case .monitor: MEHLSOUP__COORDINATION__ORDER__PART__MONITOR
        case .look: MEHLSOUP__COORDINATION__ORDER__PART__LOOK
        case .fold: MEHLSOUP__COORDINATION__ORDER__PART__FOLD
        }
    }

    fileprivate var fold: UInt32 {
        guard case .fold(let fold) = self else { return 0 }
        return UInt32(fold)
    }

    fileprivate init(_ part: Mehlsoup__Coordination__Order__Part, fold: Int) throws(MessageError) {
        switch part {
        case MEHLSOUP__COORDINATION__ORDER__PART__ALL: self = .all
        case MEHLSOUP__COORDINATION__ORDER__PART__LEARNING: self = .learning
        case MEHLSOUP__COORDINATION__ORDER__PART__MONITOR: self = .monitor
        case MEHLSOUP__COORDINATION__ORDER__PART__LOOK: self = .look
        case MEHLSOUP__COORDINATION__ORDER__PART__FOLD: self = .fold(fold)
        default: throw MessageError("a part of the held-out data of no known kind")
        }
    }
}

extension WireArena {
    /// Count and values, as protobuf-c keeps a repeated field.
    func list<T: BitwiseCopyable>(_ values: [T]) -> (Int, UnsafeMutablePointer<T>?) {
        (values.count, array(values))
    }
}
