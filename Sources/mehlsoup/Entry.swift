import ArgumentParser
import Diagnostics
import Foundation
import MessagePassing

/// The program's way in and out: exit status 0 done, 1 the run failed, 2 the command line, a file or the data is wrong.
@main
enum Entry {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let command = parsed()
        guard var command = command as? any RankCommand else { return run(alone: command) }
        let transport: any Transport
        do {
            transport = try launchedTransport()
        } catch {
            leave(1, "\(error)")
        }
        do {
            try command.run(on: transport)
            try transport.finish()
        } catch let error as any InputError {
            // Every rank got here alike; the coordinator speaks for all.
            try? transport.finish()
            leave(2, transport.isCoordinator ? "\(error)" : nil)
        } catch let error as ExitCode {
            try? transport.finish()
            exit(error.rawValue)
        } catch let error as AgreedRunError {
            try? transport.finish()
            leave(1, transport.isCoordinator ? "\(error)" : nil)
        } catch {
            guard transport.size > 1 else { leave(1, "\(error)") }
            complain("rank \(transport.rank) on \(transport.hostName): \(error)")
            transport.abort(status: 1)
        }
    }

    private static func parsed() -> any ParsableCommand {
        do {
            return try Mehlsoup.parseAsRoot()
        } catch {
            guard !Mehlsoup.exitCode(for: error).isSuccess else {
                if isFirstRank { print(Mehlsoup.message(for: error)) }
                exit(0)
            }
            let message = Mehlsoup.message(for: error).split(separator: "\n").joined(separator: " ")
            leave(2, isFirstRank ? message : nil)
        }
    }

    private static func run(alone command: any ParsableCommand) {
        var command = command
        guard isFirstRank else { return }
        do {
            try command.run()
        } catch let error as any InputError {
            leave(2, "\(error)")
        } catch let error as ExitCode {
            exit(error.rawValue)
        } catch {
            guard !Mehlsoup.exitCode(for: error).isSuccess else {
                return print(Mehlsoup.fullMessage(for: error))
            }
            leave(1, "\(error)")
        }
    }

    /// Whether this process is the one that speaks, known before MPI is.
    private static var isFirstRank: Bool {
        let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"]
        let rank = names.lazy.compactMap { ProcessInfo.processInfo.environment[$0] }.first
        return rank == nil || rank == "0"
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("mehlsoup: \(text)\n".utf8))
    }

    private static func leave(_ status: Int32, _ text: String?) -> Never {
        if let text { complain(text) }
        exit(status)
    }
}
