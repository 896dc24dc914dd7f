import CFuzzing
import FuzzSuite
import Glibc

/// A reader at work: ends the process where the reader fails in another way than it may.
final class Reading {
    private let target: FuzzTarget
    private let folder: FuzzFolder
    /// The most memory that an input took, and inputs that were sound.
    private(set) var highest = 0
    private(set) var sound = 0

    init(_ name: String) throws {
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
            print(
                "expected a reader of \(FuzzTarget.all.map(\.name).joined(separator: ", ")), found \"\(name)\""
            )
            exit(2)
        }
        self.target = target
        folder = try FuzzFolder()
    }

    func read(_ bytes: [UInt8]) {
        cfuzzing_watch_memory(target.memoryLimit(bytes.count))
        do {
            if try target.run(bytes, in: folder) == nil { sound += 1 }
        } catch {
            fatalError("\(target.name): \(error)")
        }
        highest = max(highest, cfuzzing_end_watch())
    }

    func end() { folder.remove() }
}
