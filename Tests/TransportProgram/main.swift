import Glibc
import MessagePassing
import TransportSuite

// Runs the transport suite in every process that mpirun starts, or alone. Arguments: `abort N` makes rank N end the job
// while the others wait; `pieces` cuts messages into 10,000 bytes as MPI's limit would at 1 GiB; `time` prints how long
// a few collectives take.

func runProgram(_ arguments: [String]) throws {
    let command = arguments.first
    let transport = try launchedTransport(
        pieceLength: command == "pieces" ? 10_000 : MPITransport.longestPiece
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
        case "time":
            try timeCollectives(transport)
        case let argument?:
            print("transport-suite: expected abort, pieces or time, found \(argument)")
            transport.abort(status: 2)
        }
        try transport.finish()
    } catch {
        print("transport-suite: \(error)")
        transport.abort(status: 1)
    }
}

do {
    try runProgram(Array(CommandLine.arguments.dropFirst()))
} catch {
    print("transport-suite: \(error)")
    exit(1)
}
