import Diagnostics
import MessagePassing

private struct WrongInput: InputError, Equatable {
    let description: String
}

let agreeingChecks: [TransportCheck] = [
    TransportCheck(name: "agreeing returns each rank's own result") { transport in
        let value = try transport.agreeing { transport.rank * 10 }
        try require(value == transport.rank * 10, "\(value)")
    },
    TransportCheck(name: "wrong input on any one rank ends all ranks alike") { transport in
        for failing in 0..<transport.size {
            let error = failure {
                try transport.agreeing {
                    if transport.rank == failing { throw WrongInput(description: "x.bin: cut \(failing)") }
                }
            }
            try require(error is any InputError, "expected an input error, found \(error as Any)")
            if transport.rank == failing {
                try require(error is WrongInput, "the failing rank keeps its own error: \(error as Any)")
            } else {
                let remote = error as? RemoteInputError
                try require(remote?.rank == failing, "\(error as Any)")
                try require(remote?.problem == "x.bin: cut \(failing)", "\(error as Any)")
                try require(
                    remote?.description.contains("rank \(failing) on \(remote?.hostName ?? "?")") == true,
                    "\(error as Any)"
                )
            }
        }
    },
    TransportCheck(name: "the lowest of several failing ranks speaks") { transport in
        // Rank 0 is well where there are others; from rank 1 on all fail, each in its own words.
        let lowest = transport.size > 1 ? 1 : 0
        let error = failure {
            try transport.agreeing {
                if transport.rank >= lowest { throw RunError("disk \(transport.rank) is full") }
            }
        }
        try require(error is RunError, "expected a failed run, found \(error as Any)")
        try require("\(error as Any)".contains("disk \(lowest) is full"), "\(error as Any)")
        if transport.rank != lowest {
            try require("\(error as Any)".contains("rank \(lowest) on"), "\(error as Any)")
        }
    },
    TransportCheck(name: "agreeing again after a failure") { transport in
        let value = try transport.agreeing { "well" }
        try require(value == "well", value)
    },
]

func failure(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}
