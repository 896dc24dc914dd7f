import Diagnostics

/// Wrong input that another rank met: this rank ends as that one does.
package struct RemoteInputError: InputError {
    package let rank: Int
    package let hostName: String
    package let problem: String

    package var description: String { "\(problem) (rank \(rank) on \(hostName))" }
}

extension Transport {
    /// Runs `body` on every rank; where it threw anywhere, every rank throws.
    ///
    /// What is thrown is the error of the lowest rank that failed: on that rank as it is, on the others as
    /// `RemoteInputError` or, where it was no `InputError`, as `RunError` that names rank and host. So all ranks end
    /// alike and none waits. A `MessagePassingError` of `body` is thrown on at once: without messages there is no
    /// agreeing, and the caller ends the job with `abort`.
    package func agreeing<T>(_ body: () throws -> T) throws -> T {
        let outcome: Result<T, any Error>
        do {
            outcome = .success(try body())
        } catch let error as MessagePassingError {
            throw error
        } catch {
            outcome = .failure(error)
        }
        guard size > 1 else { return try outcome.get() }

        let own = Verdict(outcome, hostName: hostName)
        let gathered = try gather(own.bytes)
        var failure: [UInt8]?
        if let gathered {
            let first = gathered.indices.first { !gathered[$0].isEmpty }
            // The failing rank's number goes ahead of its verdict.
            failure = first.map { index in Array("\(index)\0".utf8) + gathered[index] } ?? []
        }
        let common = try broadcast(failure)
        guard let remote = Verdict.failure(common) else { return try outcome.get() }
        if case .failure(let error) = outcome, remote.rank == rank { throw error }
        if remote.isInput {
            throw RemoteInputError(rank: remote.rank, hostName: remote.hostName, problem: remote.problem)
        }
        throw RunError("\(remote.problem) (rank \(remote.rank) on \(remote.hostName))")
    }
}

/// What one rank tells the others of how its part went: nothing where it went well.
private struct Verdict {
    let bytes: [UInt8]

    init<T>(_ outcome: Result<T, any Error>, hostName: String) {
        switch outcome {
        case .success: bytes = []
        case .failure(let error):
            let kind = error is any InputError ? "input" : "run"
            bytes = Array("\(kind)\0\(hostName)\0\(error)".utf8)
        }
    }

    /// Reads rank, kind, host and text, parted by zero bytes; nil where no rank failed.
    static func failure(
        _ bytes: [UInt8]
    ) -> (rank: Int, isInput: Bool, hostName: String, problem: String)? {
        let fields = bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count == 4 else { return nil }
        return (Int(fields[0]) ?? 0, fields[1] == "input", fields[2], fields[3])
    }
}
