import Diagnostics
import Foundation
import MessagePassing
import TestSupport
import Testing

@testable import Training

@Suite struct WrongInputTests {
    private let folder: TemporaryFolder
    private let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = try TinyImages.write(32, into: folder)
    }

    private var settings: PoolSettings {
        var settings = PoolSettings(data: data, folder: "\(folder.path)/pool")
        (settings.embedding, settings.depth, settings.heads) = (8, 1, 2)
        (settings.count, settings.batchSize) = (2, 16)
        (settings.pretrainEpochs, settings.epochs) = (0.5, 0.5...0.5)
        return settings
    }

    /// What every rank of two came to; all must throw.
    private func failures(_ settings: PoolSettings) throws -> [any Error] {
        let results = MemoryTransport.run(ranks: 2) { transport in
            try PoolMaker(settings, on: transport, output: .init(isTerminal: false) { _ in }).make()
        }
        return try results.map { result in
            switch result {
            case .success: throw RunError("no error was thrown")
            case .failure(let error): error
            }
        }
    }

    static let changes: [(String, @Sendable (inout PoolSettings) -> Void)] = [
        ("--count", { $0.count = 0 }),
        ("--count", { $0.count = -3 }),
        ("--seed", { $0.seed = -1 }),
        ("--batch-size", { $0.batchSize = 0 }),
        ("--embed-dim", { $0.embedding = Int.max }),
        ("--depth", { $0.depth = 0 }),
        ("--heads", { $0.heads = 3 }),
        ("--heads", { $0.heads = 0 }),
        ("--lanes", { $0.lanes = 0 }),
        ("--threads", { $0.threads = -1 }),
        ("--patch-size", { $0.patch = 3 }),
        ("--patch-size", { $0.patch = 0 }),
        ("--pretrain-epochs", { $0.pretrainEpochs = .nan }),
        ("--pretrain-lr", { $0.pretrainLearningRate = 0 }),
        ("--pretrain-share", { $0.pretrainShare = 1.5 }),
        ("--epochs", { $0.epochs = 1...Double.infinity }),
        ("--learning-rate-range", { $0.learningRates = -1...1e-3 }),
        ("nowhere.npz", { $0.data = "nowhere.npz" }),
        ("[0:99]", { $0.heldoutData = $0.data + "[0:99]" }),
    ]

    @Test(arguments: changes.indices) func isRefusedByNameBeforeAnythingIsWritten(index: Int) throws {
        let (name, change) = Self.changes[index]
        var settings = settings
        change(&settings)
        for error in try failures(settings) {
            #expect(error is any InputError)
            let text = "\(error)"
            #expect(text.contains(name) && !text.contains("\n"), "\(text)")
        }
        #expect(!FileManager.default.fileExists(atPath: settings.folder))
    }

    @Test func aFolderWithAPoolIsRefused() throws {
        try FileManager.default.createDirectory(atPath: settings.folder, withIntermediateDirectories: true)
        let old = "\(settings.folder)/model_07.safetensors"
        try Data("old".utf8).write(to: URL(fileURLWithPath: old))
        for error in try failures(settings) {
            #expect("\(error)".contains("model_07.safetensors"))
            #expect("\(error)".contains("name another folder, or delete"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: old)) == Data("old".utf8))
    }

    @Test func aFolderThatCannotBeMadeIsRefused() throws {
        var settings = settings
        settings.folder = try folder.write([1], "file") + "/pool"
        for error in try failures(settings) {
            #expect(error is any InputError)
            #expect("\(error)".contains("/file: expected a folder to write into, in which"), "\(error)")
        }
    }

    /// Images so bright that the first loss is not finite: after the folders were made.
    @Test func aRunThatFailsLateLeavesNothingBehind() throws {
        let header = """
            {"images":{"dtype":"F32","shape":[8,1,8,8],"data_offsets":[0,2048]},\
            "labels":{"dtype":"U8","shape":[8],"data_offsets":[2048,2056]}}
            """
        var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        bytes += Array(header.utf8)
        for _ in 0..<512 { bytes += withUnsafeBytes(of: Float(3e38)) { Array($0) } }
        bytes += (0..<8).map { UInt8($0 % 2) }
        var settings = settings
        settings.data = try folder.write(bytes, "bright.safetensors")
        settings.folder = "\(folder.path)/a/b/c"
        for error in try failures(settings) {
            #expect(!(error is any InputError))
            #expect("\(error)".contains("base: the loss is not finite at step 0"), "\(error)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("a")))
    }
}
