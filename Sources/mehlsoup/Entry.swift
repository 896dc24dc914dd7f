import ArgumentParser
import Checkpoints
import Coordination
import Diagnostics
import Foundation
import MessagePassing

/// The program's way in and out.
///
/// Exit status 0: done; 1: the run failed; 2: the command line, a file or the data is wrong; 3: the run was asked to stop,
/// its state is saved.
@main
enum Entry {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let command = parsed()
        guard var command = command as? any RankCommand else { return run(alone: command) }
        // Before MPI starts, which takes a while.
        if type(of: command).canStop { StopRequest.listen() }
        let transport: any Transport
        do {
            transport = try launchedTransport()
        } catch {
            leave(1, "\(error)")
        }
        OutOfMemory.handle { text in
            guard transport.size > 1 else { leave(1, text) }
            complain("rank \(transport.rank) on \(transport.hostName): \(text)")
            transport.abort(status: 1)
        }
        do {
            try transport.checkProgram(version: programVersion)
            try command.run(on: transport)
            try transport.finish()
        } catch let error as any InputError {
            // Every rank got here alike; the coordinator speaks for all, and first: mpirun ends what still runs as soon
            // as one rank has left with this status.
            if transport.isCoordinator { complain("\(error)") }
            try? transport.finish()
            exit(2)
        } catch let error as ExitCode {
            try? transport.finish()
            exit(error.rawValue)
        } catch let error as StoppedRun {
            if transport.isCoordinator { complain("\(error); go on with: \(transport.resumingCommand)") }
            try? transport.finish()
            exit(3)
        } catch let error as AgreedRunError {
            if transport.isCoordinator { complain("\(error)") }
            try? transport.finish()
            exit(1)
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
            if isFirstRank { complain(unknownCommand ?? Mehlsoup.message(for: error)) }
            // All ranks wait for each other here, or mpirun would end the first before it has spoken.
            try? launchedTransport().finish()
            exit(2)
        }
    }

    /// What is wrong where the first word is no command: ArgumentParser only says that it did not expect it.
    private static var unknownCommand: String? {
        let names = Mehlsoup.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
            !names.contains(word), word != "help"
        else { return nil }
        return "expected a command, one of \(names.joined(separator: ", ")), found \"\(word)\""
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
        let text = text.split(whereSeparator: \.isNewline).joined(separator: " ").onOneLine
        FileHandle.standardError.write(Data("mehlsoup: \(text)\n".utf8))
    }

    private static func leave(_ status: Int32, _ text: String?) -> Never {
        if let text { complain(text) }
        exit(status)
    }
}
