import CFuzzing
import Foundation
import Randomness

/// Reads every file of a folder, and then what chance makes of it: the same each time.
///
/// Arguments: the reader, the folder or file, and how many changes of each file to read.
struct Replay {
    private let reading: Reading
    private let path: String
    private let changes: Int

    init(_ arguments: some Collection<String>) throws {
        let arguments = Array(arguments)
        guard arguments.count >= 2 else {
            print("expected: mehlsoup-fuzz READER FOLDER [CHANGES]")
            exit(2)
        }
        reading = try Reading(arguments[0])
        path = arguments[1]
        changes = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
        cfuzzing_keep_on_crash("\(NSTemporaryDirectory())/mehlsoup-fuzz-\(arguments[0])")
    }

    func run() throws {
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        let files = names.map { $0.sorted().map { "\(path)/\($0)" } } ?? [path]
        let bytes = try files.map { Array(try Data(contentsOf: URL(fileURLWithPath: $0))) }
        var stream = RandomStream(seed: 1)
        for (file, original) in zip(files, bytes) {
            read(original, file)
            for change in 0..<changes {
                let other = bytes[stream.index(below: bytes.count)]
                read(Mutation.change(original, with: other, &stream), "change \(change) of \(file)")
            }
        }
        reading.end()
        print(
            "\(files.count * (1 + changes)) inputs, \(reading.sound) sound, at most \(reading.highest) bytes of memory"
        )
    }

    private func read(_ bytes: [UInt8], _ name: String) {
        cfuzzing_note_input(name, bytes, bytes.count)
        reading.read(bytes)
    }
}
