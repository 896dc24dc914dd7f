import Diagnostics

/// One reader of files, to be given bytes of any kind.
///
/// It must come back, or throw an `InputError` whose description is one line; anything else is a fault of the reader.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Bytes of memory that a byte of the file may become.
    package let expansion: Int
    private let read: @Sendable (FuzzFolder, [UInt8]) throws -> Void

    /// What reading may take however short the file is.
    private static let memoryAtLeast = 4 << 20

    init(
        _ name: String,
        expansion: Int = 256,
        _ read: @escaping @Sendable (FuzzFolder, [UInt8]) throws -> Void
    ) {
        self.name = name
        self.expansion = expansion
        self.read = read
    }

    package static let all: [FuzzTarget] = checkpoints + datasets + models + runs

    /// What reading a file of `count` bytes may take.
    package func memoryLimit(_ count: Int) -> Int { Self.memoryAtLeast + expansion * count }

    /// Has the reader read `bytes`.
    ///
    /// - Returns: what it said about them; nil where they were sound.
    /// - Throws: `FuzzFinding` where the reader failed in another way than it should.
    package func run(_ bytes: [UInt8], in folder: FuzzFolder) throws -> String? {
        do {
            try read(folder, bytes)
            return nil
        } catch let error as any InputError {
            let text = error.description
            guard text == text.onOneLine else { throw FuzzFinding("an error on several lines: \(text)") }
            guard text.utf8.count < 8192 else { throw FuzzFinding("an error without end: \(text)") }
            return text
        } catch {
            throw FuzzFinding("not an input error: \(type(of: error)): \(error)")
        }
    }
}

/// A fault of a reader.
package struct FuzzFinding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Reads with `body` and lets pass what input errors it throws, so that reading goes on elsewhere.
func tolerating(_ body: () throws -> Void) throws {
    do { try body() } catch is any InputError {}
}
