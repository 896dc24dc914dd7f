import MessagePassing

/// The transport is unusable after these.
let failureChecks: [TransportCheck] = [
    TransportCheck(name: "a message of another length is an error") { transport in
        try transport.barrier()
        let (rank, size) = (transport.rank, transport.size)
        guard size > 1 else {
            let error = failure {
                _ = try exchange(transport, sends: [([1, 2, 3], 0)], receives: [(4, 0)])
            }
            try require(error is MessagePassingError, "expected an error, found \(error as Any)")
            return
        }
        // Rank 0 sends 3 bytes; rank 1 expects 4. The others have no part in it.
        if rank == 0 {
            _ = try exchange(transport, sends: [([1, 2, 3], 1)], receives: [])
        } else if rank == 1 {
            let error = failure {
                _ = try exchange(transport, sends: [], receives: [(4, 0)])
            }
            let found = error as? MessagePassingError
            try require(found?.rank == 1 && found?.peer == 0, "expected an error, found \(error as Any)")
        }
    },
    TransportCheck(name: "a message that is too long is an error, not a truncation") { transport in
        let (rank, size) = (transport.rank, transport.size)
        // Ranks 2 and 3 are still in good order after the check before.
        guard size > 3 else { return }
        if rank == 2 {
            _ = try exchange(transport, sends: [([1, 2, 3, 4, 5], 3)], receives: [])
        } else if rank == 3 {
            let error = failure {
                _ = try exchange(transport, sends: [], receives: [(4, 2)])
            }
            let found = error as? MessagePassingError
            try require(found?.rank == 3 && found?.peer == 2, "expected an error, found \(error as Any)")
        }
    },
]
