import Soups
import Testing

@testable import Coordination

/// Bytes that were cut, changed or added on their way.
@Suite struct MessageDamageTests {
    private let limits = MessageTests.limits

    @Test func everyPrefixIsRefused() {
        for message in MessageTests.orders.map(\.bytes) + [MessageTests.report.bytes] {
            for cut in 0..<message.count {
                #expect(throws: MessageError.self) { try Order(Array(message[..<cut]), limits: limits) }
                #expect(throws: MessageError.self) { try Report(Array(message[..<cut])) }
            }
        }
    }

    @Test func anOrderIsNoReport() {
        #expect(throws: MessageError.self) { try Report(Order.digest.bytes) }
        #expect(throws: MessageError.self) { try Order(MessageTests.report.bytes, limits: limits) }
    }

    /// Damage on the way: the checksum finds all of it.
    @Test func everyDamageIsRefused() {
        var random = Numbers(seed: 1)
        for message in MessageTests.orders.map(\.bytes) + [MessageTests.report.bytes] {
            for _ in 0..<300 {
                let damaged = random.damaged(message)
                guard damaged != message else { continue }
                #expect(throws: MessageError.self) { try Order(damaged, limits: limits) }
                #expect(throws: MessageError.self) { try Report(damaged) }
            }
        }
    }

    /// Messages that were wrong before they were sealed: what is let through asks for nothing that would trap.
    @Test func wrongOrdersNeverReachAWorker() throws {
        var random = Numbers(seed: 2)
        var admitted = 0
        for order in MessageTests.orders {
            let message = try MessageSeal.opened(order.bytes, .order)
            for _ in 0..<2000 {
                let bytes = MessageSeal.sealed(random.damaged(message), .order)
                guard let order = try? Order(bytes, limits: limits) else { continue }
                admitted += 1
                expectSafe(order)
            }
        }
        // Else the damage is always of the kind that protobuf finds by itself.
        #expect(admitted > 1000)
    }

    @Test func wrongReportsNeverReachTheSums() throws {
        var random = Numbers(seed: 3)
        let message = try MessageSeal.opened(MessageTests.report.bytes, .report)
        var admitted = 0
        for _ in 0..<20_000 {
            let bytes = MessageSeal.sealed(random.damaged(message), .report)
            guard let report = try? Report(bytes) else { continue }
            guard (try? MessageTests.reportLimits.check(report)) != nil, report.failure == nil else {
                continue
            }
            admitted += 1
            #expect(report.sums.count == 3 && report.losses.count == 2 && report.count == 9)
            #expect(report.rank == 3 && report.correct <= 9 && report.phaseSeconds.count == 8)
        }
        #expect(admitted > 100)
    }

    private func expectSafe(_ order: Order) {
        switch order {
        case .enter(let ingredients, let alpha, _):
            #expect((1...3).contains(ingredients.count) && ingredients.allSatisfy { (0..<6).contains($0) })
            #expect(alpha.map { $0.rows == 12 && $0.columns == 2 } ?? true)
        case .step(_, let fold, let displacement, let temperature, let samples, let upcoming):
            #expect((0..<2).contains(fold))
            #expect(displacement.rows == 2 && displacement.columns == 2 && temperature.isFinite)
            #expect(!samples.isEmpty)
            #expect((samples + upcoming).allSatisfy { (0..<4_000_000_001).contains($0) })
        case .combine(let fold, let displacement):
            #expect((0..<2).contains(fold) && displacement.rows == 2 && displacement.columns == 2)
        case .settle(let displacements): #expect(displacements.rows == 4 && displacements.columns == 2)
        case .mix(let alpha): #expect(alpha.rows == 6 && alpha.columns == 2)
        case .add(let ingredient, _), .mean(let ingredient): #expect((0..<6).contains(ingredient))
        case .evaluate(let dataset, let part, _):
            #expect((0..<2).contains(dataset))
            if case .fold(let fold) = part { #expect((0..<2).contains(fold)) }
        case .setStatistics(let values): #expect(values.count == 2)
        case .seeStatistics, .measure, .digest, .stop: break
        }
    }
}

/// The same numbers every time.
private struct Numbers {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(bound, 1)
    }

    /// One to three bytes changed, put in or taken out.
    mutating func damaged(_ message: [UInt8]) -> [UInt8] {
        var bytes = message
        for _ in 0...next(below: 3) {
            let place = next(below: bytes.count)
            switch next(below: 4) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << next(below: 8)
            case 1 where !bytes.isEmpty: bytes[place] = UInt8(next(below: 256))
            case 2 where !bytes.isEmpty: bytes.remove(at: place)
            default: bytes.insert(UInt8(next(below: 256)), at: place)
            }
        }
        return bytes
    }
}
