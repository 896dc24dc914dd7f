import Diagnostics
import Foundation
import Kernels
import TestSupport
import Testing
import Traces

@testable import Runs

/// States that another version of the program wrote are of another version, not damaged.
@Suite struct StateVersionTests {
    private let folder: TemporaryFolder
    private let states: RunStateFiles

    init() throws {
        folder = try TemporaryFolder()
        states = RunStateFiles(folder: folder.path)
    }

    /// The error of taking up what is there, by version 0.2.0.
    private func refusal() throws -> String {
        let header = TraceHeader(
            programVersion: "0.2.0",
            method: "mehl+",
            granularity: "tensor",
            seed: 1,
            ingredients: [],
            groups: [],
            options: []
        )
        let needs = ResumptionNeeds(
            facts: [],
            files: TraceFiles(inFolder: folder.path),
            header: header,
            hosts: [],
            kernels: "",
            check: { _, _ in }
        )
        let error = try #require(throws: (any Error).self) {
            try Resumption.find(states, needs, notice: { _ in })
        }
        #expect(error is any InputError)
        return "\(error)"
    }

    private func save(version: String, sequence: Int = 0) throws {
        let place = TracePlace(offset: 0, sha256: "")
        let state = RunState(
            programVersion: version,
            kernels: KernelSet.current.description,
            facts: [],
            seconds: 1,
            bytesSent: 0,
            stepsDone: 3,
            steps: place,
            ranks: place,
            centre: CentreHistory()
        )
        try states.save(JSONEncoder().encode(SavedRun<Int>(run: state, soup: nil)), sequence: sequence)
    }

    private let expected =
        "it was begun by mehlsoup 0.1.0, this is 0.2.0: go on with that version, or begin anew with --restart"

    @Test func oneThatCanBeReadIsRefused() throws {
        try save(version: "0.1.0")
        #expect(try refusal().hasSuffix(expected))
    }

    /// Its other fields mean nothing to this version.
    @Test func oneThatCannotBeReadIsRefusedAlike() throws {
        try states.save(
            Data(#"{"run": {"programVersion": "0.1.0", "stepsDone": "three"}}"#.utf8),
            sequence: 0
        )
        #expect(try refusal().hasSuffix(expected))
        // Of the own version it is damaged.
        try states.save(
            Data(#"{"run": {"programVersion": "0.2.0", "stepsDone": "three"}}"#.utf8),
            sequence: 1
        )
        try FileManager.default.removeItem(atPath: folder.file("state-0.json"))
        #expect(try refusal().contains("damaged"))
    }

    @Test func oneOfAnotherFormIsNamed() throws {
        try save(version: "0.1.0")
        let text = String(decoding: try folder.bytes("state-0.json"), as: UTF8.self)
        _ = try folder.write(
            [UInt8](text.replacing("mehlsoup-state 1", with: "mehlsoup-state 2").utf8),
            "state-0.json"
        )
        let refusal = try refusal()
        #expect(
            refusal.contains("state-0.json: expected a state of form 1, found form 2, of another version")
        )
        #expect(refusal.hasSuffix("go on with that version, or begin anew with --restart"))
        #expect(!refusal.contains("damaged") && !refusal.contains("\n"))
    }
}
