import ArgumentParser
import MessagePassing

/// A command that runs the same alone and on every rank under mpirun.
///
/// It throws the same kind of error on every rank (see `Transport.agreeing`), or any error on one rank, which then
/// takes the job down.
protocol RankCommand: ParsableCommand {
    /// Whether it stops in good order on SIGTERM, SIGINT and SIGUSR1; the others end as processes do.
    static var canStop: Bool { get }

    mutating func run(on transport: any Transport) throws
}

extension RankCommand {
    static var canStop: Bool { false }
}
