import CFuzzing
import FuzzSuite
import Glibc

// Gives files to a reader: those of a folder, and what small changes make of them; or under libFuzzer whatever that
// makes up.

#if FUZZING
/// Which reader libFuzzer is to have read; its arguments are those of the command line.
nonisolated(unsafe) let fuzzed = try Reading(getenv("MEHLSOUP_FUZZ").map { String(cString: $0) } ?? "")
// libFuzzer ends the process by itself.
atexit { fuzzed.end() }
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        fuzzed.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    }
)
#else
try Replay(CommandLine.arguments.dropFirst()).run()
#endif
