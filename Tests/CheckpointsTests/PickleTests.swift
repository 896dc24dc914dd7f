import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Pickles that no PyTorch writes, as a file for every one of them.
@Suite struct PickleTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What opening a PyTorch file with this pickle, and two numbers as its only storage, says.
    private func refusal(_ pickle: [UInt8]) throws -> String? {
        let path = try folder.write(
            zip([("x/data.pkl", pickle), ("x/data/0", littleEndian([1, 2]))]),
            "x.pt"
        )
        return CheckpointsTests.refusal(path)
    }

    /// A state dict of one tensor "w", as `torch.save` writes it.
    private func tensor(
        storage: String = "cFloatStorage",
        offset: [UInt8] = [0x4B, 0],
        shape: [UInt8] = [0x4B, 2],
        strides: [UInt8] = [0x4B, 1],
        count: [UInt8] = [0x4B, 2]
    ) -> [UInt8] {
        let kind = "ctorch\n\(storage.dropFirst())\n"
        var pickle: [UInt8] = [0x80, 2] + "}U\u{1}wctorch._utils\n_rebuild_tensor_v2\n(".utf8
        pickle += "(U\u{7}storage\(kind)U\u{1}0U\u{3}cpu".utf8 + count + "tQ".utf8
        pickle += offset + "(".utf8 + shape + "t(".utf8 + strides
        return pickle + "t\u{89}".unicodeScalars.map { UInt8($0.value) }
            + "ccollections\nOrderedDict\n)RtRs.".utf8
    }

    /// A number of eight bytes.
    private func long(_ value: Int) -> [UInt8] {
        [0x8A, 8] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Test func acceptsTheSoundOne() throws {
        #expect(try refusal(tensor()) == nil)
        #expect(try refusal(tensor(offset: [0x4B, 1], shape: [0x4B, 1])) == nil)
    }

    /// 2⁶³ bytes, offsets and strides beyond the storage, sums that would overflow.
    @Test func refusesTensorsBeyondTheirStorage() throws {
        let large = long(1 << 61)
        for pickle in [
            tensor(shape: large), tensor(shape: large, count: large), tensor(shape: [0x4B, 3]),
            tensor(offset: [0x4B, 1]), tensor(offset: long(.max)), tensor(strides: [0x4B, 2]),
            tensor(strides: long(.max)), tensor(count: [0x4B, 3]), tensor(count: long(.max)),
            tensor(shape: large + large, strides: [0x4B, 0, 0x4B, 0]),
            // One number that claims to be many.
            tensor(shape: long(1 << 40), strides: [0x4B, 0]),
            tensor(shape: [0x4B, 2, 0x4B, 2], strides: [0x4B, 1, 0x4B, 1]),
        ] {
            let message = try #require(try refusal(pickle))
            #expect(message.contains("tensor \"w\": expected"), "\(message)")
            #expect(!message.contains("\n"))
        }
        // Nine bytes hold 2⁶³ itself.
        let beyond: [UInt8] = [0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0]
        for pickle in [tensor(shape: beyond), tensor(shape: long(-1)), tensor(offset: long(-1))] {
            #expect(try refusal(pickle)?.contains("offset, shape and strides below 2⁶³") == true)
        }
        let stated = try refusal(tensor(count: beyond))
        #expect(stated?.contains("expected the size of its storage, found a number beyond 64 bits") == true)
        #expect(try refusal(tensor(count: long(-1)))?.contains("size of its storage, found -1") == true)
    }

    /// An index that is always 0 may have any stride: it must not be added up.
    @Test func stridesThatDoNotMatterDoNotOverflow() throws {
        let longest = long(.max)
        let turned = tensor(
            shape: [0x4B, 1, 0x4B, 2, 0x4B, 1, 0x4B, 2],
            strides: longest + [0x4B, 1] + longest + [0x4B, 2],
            count: [0x4B, 4]
        )
        let path = try folder.write(
            zip([("x/data.pkl", turned), ("x/data/0", littleEndian([1, 2, 3, 4]))]),
            "turned.pt"
        )
        let file = try Checkpoint(path)
        let stored = try #require(file.tensors["w"])
        var numbers = [Float](repeating: 0, count: 4)
        try file.read(stored, 0..<4, into: &numbers)
        #expect(numbers == [1, 3, 2, 4])
    }

    @Test func refusesWhatNestsTooDeep() throws {
        let depth = 10_000
        let lists = Array(repeating: UInt8(ascii: "]"), count: depth)
        for pickle in [
            // A tuple in a tuple, a list in a list, a mark after a mark.
            [UInt8(ascii: ")")] + Array(repeating: 0x85, count: depth) + [UInt8(ascii: ".")],
            lists + Array(repeating: UInt8(ascii: "a"), count: depth - 1) + [UInt8(ascii: ".")],
            Array(repeating: UInt8(ascii: "("), count: depth),
        ] {
            #expect(try refusal(pickle)?.contains("nest at most 200 deep") == true)
        }
    }

    /// What a name would do is of no interest: it is not on the list.
    @Test(arguments: [
        "posix\nsystem", "builtins\neval", "builtins\ngetattr", "os\npopen", "torch\nload", "torch.hub\nload",
        "numpy.testing\nassert_", "collections\nnamedtuple", "torch._utils\n_rebuild_sparse_tensor",
    ])
    func refusesNames(name: String) throws {
        let short = name.split(separator: "\n").joined(separator: ".")
        for pickle in ["c\(name)\n(tR.", "}U\u{1}ac\(name)\ns.", "c\(name)\n0]."] {
            let message = try #require(try refusal(Array(pickle.utf8)))
            #expect(message.contains("\(short)") && message.contains("which is not run here"), "\(message)")
        }
    }

    /// The same in the words of protocol 4.
    @Test func refusesNamesFromTheStack() throws {
        let pickle: [UInt8] = [0x80, 4, 0x8C, 5] + "posix".utf8 + [0x8C, 6] + "system".utf8 + [0x93]
        #expect(try refusal(pickle + ".".utf8)?.contains("posix.system") == true)
    }

    @Test(arguments: [
        "", ".", "N", "t.", "e.", "}s.", "}(Ns.", "}(Nu.", "]R.", "NR.", "(R.", "h\u{7}.", "Q.", "b.", "1.",
        "0.", "2.",
        "U\u{5}a.", "X\u{5}", "Nq", "cposix", "i", "I1\n.", "]}a.", "]Na]s.", "(]", "\u{7F}",
    ])
    func refusesNonsense(pickle: String) throws {
        let message = try #require(try refusal(Array(pickle.utf8)))
        #expect(message.hasPrefix(folder.path) && !message.contains("\n"), "\(message)")
    }

    /// A few kilobytes that would be copied into gigabytes: a long list, made a dictionary of again and again.
    @Test func refusesToCopyWithoutEnd() throws {
        var pickle = Array("](".utf8)
        for _ in 0..<2000 { pickle += "NN\u{86}".unicodeScalars.map { UInt8($0.value) } }
        pickle += Array("eq\u{1}0ccollections\nOrderedDict\nq\u{2}0".utf8)
        for _ in 0..<2000 { pickle += "h\u{2}h\u{1}\u{85}R0".unicodeScalars.map { UInt8($0.value) } }
        #expect(try refusal(pickle + "N.".utf8)?.contains("values in all") == true)
    }

    /// A pickle that holds itself, in a list and as a parameter of itself.
    @Test func survivesWhatHoldsItself() throws {
        let list = "]q\u{0}h\u{0}a."
        #expect(try refusal(Array(list.utf8))?.contains("found a list") == true)
        let state = "}q\u{0}U\u{1}wh\u{0}s."
        #expect(try refusal(Array(state.utf8)) != nil)
        let inside = "}q\u{0}U\u{A}state_dicth\u{0}s."
        #expect(try refusal(Array(inside.utf8)) != nil)
    }

    /// Millions of opcodes take no more than a moment, however they are put together.
    @Test func isLinear() throws {
        let count = 1_000_000
        // A long stack under a million empty tuples; a long list that grows by one a million times.
        let stack = Array(repeating: UInt8(ascii: "N"), count: count)
        let marks = (0..<count).flatMap { _ in Array("(t0".utf8) }
        let list = Array("]".utf8) + (0..<count).flatMap { _ in Array("Na".utf8) }
        let clock = ContinuousClock.now
        #expect(try refusal(stack + marks) != nil)
        #expect(try refusal(list + ".".utf8) != nil)
        #expect(ContinuousClock.now - clock < .seconds(60))
    }

    /// What many tensors share is not copied for each of them.
    @Test func refusesToCopyWhatIsShared() throws {
        let count = 100_000
        let clock = ContinuousClock.now
        // A long tuple as the shape of every tensor.
        var shared = Array("(".utf8)
        for _ in 0..<count { shared += [0x4B, 1] }
        shared += Array("tq\u{1}0ctorch._utils\n_rebuild_tensor_v2\nq\u{2}0".utf8)
        shared += Array("(U\u{7}storagectorch\nFloatStorage\nU\u{1}0U\u{3}cpuK\u{1}tQq\u{3}0}(".utf8)
        var pickle = shared
        for index in 0..<count / 10 {
            let name = "\(index)"
            pickle += [UInt8(ascii: "U"), UInt8(name.utf8.count)] + name.utf8
            pickle += Array("h\u{2}(h\u{3}K\u{0}h\u{1}h\u{1}K\u{0}NtR".utf8)
        }
        #expect(try refusal(pickle + "u.".utf8)?.contains("at most 64 dimensions") == true)
        // One long name that all tensors have.
        let name = Array("module.".utf8) + Array(repeating: UInt8(ascii: "x"), count: count)
        pickle =
            shared.dropLast(2) + "X".utf8 + (0..<4).map { UInt8(truncatingIfNeeded: name.count >> (8 * $0)) }
            + name
        pickle += Array("q\u{4}0(K\u{1}tq\u{5}0h\u{2}(h\u{3}K\u{0}h\u{5}h\u{5}K\u{0}NtRq\u{6}0}(".utf8)
        for _ in 0..<count { pickle += Array("h\u{4}h\u{6}".utf8) }
        #expect(try refusal(pickle + "u.".utf8)?.contains("each tensor once") == true)
        #expect(ContinuousClock.now - clock < .seconds(20))
    }

    /// A name that repeats what is taken off names, and a great many values in few bytes.
    @Test func takesNoTimeOrMemoryWithoutEnd() throws {
        let name = Array(String(repeating: "module.", count: 200_000).utf8)
        var pickle: [UInt8] = [0x80, 2] + "}X".utf8
        pickle += (0..<4).map { UInt8(truncatingIfNeeded: name.count >> (8 * $0)) } + name
        pickle += tensor().dropFirst(6)
        let clock = ContinuousClock.now
        #expect(try refusal(pickle) == nil)
        #expect(ContinuousClock.now - clock < .seconds(20))
        for opcode in [")", "N", "]"] {
            let values = Array(repeating: UInt8(ascii: Unicode.Scalar(opcode) ?? "N"), count: 3_000_000)
            #expect(try refusal(values)?.contains("at most 2000000 values") == true)
        }
    }
}
