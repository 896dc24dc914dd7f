import ArgumentParser
import MessagePassing

/// A command that runs the same alone and on every rank under mpirun.
///
/// It throws the same kind of error on every rank (see `Transport.agreeing`), or any error on one rank, which then
/// takes the job down.
protocol RankCommand: ParsableCommand {
    mutating func run(on transport: any Transport) throws
}
