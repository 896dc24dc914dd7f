/// What a trace file comes to, in a few facts; of either kind of trace.
package enum TraceOverview: Sendable, Equatable {
    case steps(Steps)
    case ranks(Ranks)

    /// Of a trace of steps.
    package struct Steps: Sendable, Equatable {
        package let header: TraceHeader
        package let count: Int
        package let coefficientBlocks: Int
        /// Loss of the first and of the last step; nil without steps.
        package let losses: [Double]?
        /// Nil where the run has not ended.
        package let footer: TraceFooter?
    }

    /// Of a trace of ranks.
    package struct Ranks: Sendable, Equatable {
        package let hosts: [String]
        package let count: Int
        package let seconds: Double
        /// By all ranks together.
        package let bytesSent: Double
    }

    /// Reads the whole trace; `path` is that of a file.
    ///
    /// - Throws: `TraceError` where it is damaged.
    package init(_ path: String) throws {
        let reader = try TraceReader(path)
        switch try reader.next() {
        case .header(let header)?: self = .steps(try Self.steps(header, reader))
        case .ranksHeader(let header)?: self = .ranks(try Self.ranks(header, reader))
        case let other:
            throw TraceError(
                path,
                "expected a trace, found \(other.map { "\($0.kindName) at its start" } ?? "an empty file")"
            )
        }
    }

    private static func steps(_ header: TraceHeader, _ reader: TraceReader) throws -> Steps {
        var losses: [Double]?
        var footer: TraceFooter?
        var coefficientBlocks = 0
        while let record = try reader.next() {
            switch record {
            case .coefficientBlock: coefficientBlocks += 1
            case .step(let step): losses = [losses?[0] ?? step.loss, step.loss]
            case .footer(let found): footer = found
            case .header, .ranksHeader, .rankStep, .evaluation: break
            }
        }
        return Steps(
            header: header,
            count: reader.nextStep,
            coefficientBlocks: coefficientBlocks,
            losses: losses,
            footer: footer
        )
    }

    private static func ranks(_ header: TraceRanksHeader, _ reader: TraceReader) throws -> Ranks {
        var hosts = header.hosts
        var count = 0
        var seconds = 0.0
        var bytesSent = 0.0
        while let record = try reader.next() {
            switch record {
            // A resumed run may have other ranks.
            case .ranksHeader(let header): hosts = header.hosts
            case .rankStep(let step):
                count += 1
                seconds += step.seconds
                bytesSent += step.ranks.reduce(0) { $0 + Double($1.bytesSent) }
            case .header, .coefficientBlock, .step, .footer, .evaluation: break
            }
        }
        return Ranks(hosts: hosts, count: count, seconds: seconds, bytesSent: bytesSent)
    }
}
