import MessagePassing

/// A promise of `Transport` that does not hold.
package struct CheckFailure: Error, CustomStringConvertible {
    package let description: String
}

/// One promise of `Transport`, put to the test by all ranks together.
package struct TransportCheck: Sendable {
    package let name: String
    /// Called by every rank at once; throws where the promise does not hold.
    package let body: @Sendable (any Transport) throws -> Void
}

/// The checks that every transport must pass, with any number of ranks.
package enum TransportSuite {
    /// In the order to run them: the last leave the transport unusable.
    package static let checks: [TransportCheck] =
        collectiveChecks + allGatherChecks + messageChecks + queueChecks + agreeingChecks + failureChecks

    /// Runs every check; an error names its check.
    package static func run(on transport: any Transport) throws {
        for check in checks {
            do {
                try check.body(transport)
            } catch {
                throw CheckFailure(description: "\(check.name): rank \(transport.rank): \(error)")
            }
        }
    }
}

func require(
    _ condition: Bool,
    _ explanation: @autoclosure () -> String,
    line: Int = #line
) throws {
    guard !condition else { return }
    throw CheckFailure(description: "line \(line): \(explanation())")
}

/// Bytes that only this rank, at this place, with this purpose would send.
func pattern(_ rank: Int, _ purpose: Int, count: Int) -> [UInt8] {
    var state = UInt32(truncatingIfNeeded: rank &* 7_919 &+ purpose &* 104_729 &+ 1)
    return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
    }
}
