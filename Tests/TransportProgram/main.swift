import Glibc
import MessagePassing
import TransportSuite

// Runs the transport suite in every process that mpirun starts, or alone. Arguments: `abort N` makes rank N end the job
// while the others wait; `pieces` cuts messages into 10,000 bytes as MPI's limit would at 1 GiB; `time` prints how long
// a few collectives take; `fault KIND N` does something to rank 0's message N on its way and says what comes of it.

func runProgram(_ arguments: [String]) throws {
    let command = arguments.first
    let transport = try launchedTransport(
        pieceLength: command == "pieces" ? 10_000 : MPITransport.longestPiece,
        fault: command == "fault" ? fault(arguments) : nil
    )
    do {
        switch command {
        case nil, "pieces":
            try TransportSuite.run(on: transport)
            print("transport-suite: rank \(transport.rank) of \(transport.size): all checks passed")
        case "abort":
            let failing = arguments.dropFirst().first.flatMap { Int($0) } ?? 0
            if transport.rank == failing { transport.abort(status: 3) }
            try transport.barrier()
        case "fault":
            try TransportSuite.passMessages(on: transport)
        case "time":
            try timeCollectives(transport)
        case let argument?:
            print("transport-suite: expected abort, fault, pieces or time, found \(argument)")
            transport.abort(status: 2)
        }
        try transport.finish()
    } catch {
        print("transport-suite: \(error)")
        transport.abort(status: 1)
    }
}

func fault(_ arguments: [String]) -> MessageFault? {
    guard arguments.count == 3, let kind = MessageFault.Kind(rawValue: arguments[1]),
        let number = Int(arguments[2])
    else { return nil }
    return MessageFault(kind, number: number)
}

do {
    try runProgram(Array(CommandLine.arguments.dropFirst()))
} catch {
    print("transport-suite: \(error)")
    exit(1)
}
