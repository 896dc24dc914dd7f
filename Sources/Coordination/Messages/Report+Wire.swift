import CProtobufC
import CWire
import Wire

extension Report {
    /// The report as protobuf.
    var bytes: [UInt8] {
        let arena = WireArena()
        var message = Mehlsoup__Coordination__Report()
        mehlsoup__coordination__report__init(&message)
        message.version = messageVersion
        message.rank = UInt32(rank)
        message.host = arena.string(host)
        message.step = UInt64(step)
        (message.n_sums, message.sums) = arena.list(sums)
        (message.n_losses, message.losses) = arena.list(losses)
        (message.n_temperature_slopes, message.temperature_slopes) = arena.list(temperatureSlopes)
        message.correct = UInt64(correct)
        message.count = UInt64(count)
        (message.n_phase_seconds, message.phase_seconds) = arena.list(phaseSeconds)
        message.bytes_sent = UInt64(bytesSent)
        message.peak_resident_bytes = UInt64(peakResidentBytes)
        (message.n_digests, message.digests) = arena.list(digests.map { arena.string($0) })
        (message.n_answers, message.answers) = arena.list(answers)
        if let failure {
            message.failure = arena.string(failure.text)
            message.input_failure = failure.isInput ? 1 : 0
        }
        if let stopSignal { message.stop_signal = arena.string(stopSignal) }
        let packed = withExtendedLifetime(arena) {
            [UInt8](unsafeUninitializedCapacity: mehlsoup__coordination__report__get_packed_size(&message)) {
                $1 = mehlsoup__coordination__report__pack(&message, $0.baseAddress)
            }
        }
        return MessageSeal.sealed(packed, .report)
    }

    /// Reads a report; `ReportLimits` tells whether it is the one that is due.
    init(_ bytes: [UInt8]) throws(MessageError) {
        let bytes = try MessageSeal.opened(bytes, .report)
        guard let pointer = mehlsoup__coordination__report__unpack(nil, bytes.count, bytes) else {
            throw MessageError("no report in \(bytes.count) bytes")
        }
        defer { mehlsoup__coordination__report__free_unpacked(pointer, nil) }
        let message = pointer.pointee
        guard message.version == messageVersion else {
            throw MessageError("version \(messageVersion) expected, \(message.version) found")
        }
        guard let step = Int(exactly: message.step), let correct = Int(exactly: message.correct),
            let count = Int(exactly: message.count), let sent = Int(exactly: message.bytes_sent),
            let peak = Int(exactly: message.peak_resident_bytes)
        else { throw MessageError("a count beyond 63 bits") }
        rank = Int(message.rank)
        host = message.host.map { String(cString: $0) } ?? ""
        self.step = step
        sums = Order.values(message.sums, message.n_sums)
        losses = Order.values(message.losses, message.n_losses)
        temperatureSlopes = Order.values(message.temperature_slopes, message.n_temperature_slopes)
        self.correct = correct
        self.count = count
        answers = Order.values(message.answers, message.n_answers)
        phaseSeconds = Order.values(message.phase_seconds, message.n_phase_seconds)
        bytesSent = sent
        peakResidentBytes = peak
        digests = Order.values(message.digests, message.n_digests).map {
            $0.map { String(cString: $0) } ?? ""
        }
        let text = message.failure.map { String(cString: $0) } ?? ""
        let signal = message.stop_signal.map { String(cString: $0) } ?? ""
        stopSignal = signal.isEmpty ? nil : signal
        failure = text.isEmpty ? nil : Failure(text: text, isInput: message.input_failure != 0)
    }
}
