import Foundation
import Testing

/// Folders that nothing can be written into, and disks that are full.
@Suite struct WrongOutputTests {
    @Test(arguments: wrongFolders) func folders(wrong: WrongInput) throws { try wrong.expectRefusal() }

    /// Full before anything could be saved: for the trace, and for the first state.
    @Test(
        .enabled(if: Mount.isPermitted, "mounting a small disk needs root or user namespaces"),
        arguments: [8, 20]
    )
    func aFullDisk(kilobytes: Int) throws {
        let scratch = try Scratch(models: 6)
        let old = "echo old > \"$0/model.safetensors\"; echo old > \"$0/metrics.json\""
        let run = try Mount.run(
            scratch.learn(models: [scratch.pool]).replacing(scratch.out, with: Mount.place(scratch))
                + ["--restart"],
            in: scratch,
            options: "size=\(kilobytes)k",
            before: old
        )
        expectWrong(run.program, "No space left on device")
        #expect(run.left == "metrics.json old\nmodel.safetensors old\n")
    }

    /// Full later on: the state stays, and with room made the run goes on to the same bytes.
    @Test(
        .enabled(if: Mount.isPermitted, "mounting a small disk needs root or user namespaces"),
        arguments: [300, 700, 1000]
    )
    func aDiskThatFillsUp(kilobytes: Int) throws {
        let (scratch, whole) = (try Scratch(models: 6), try Interrupted.whole())
        let place = "\(Mount.place(scratch))/out"
        let goOn = Interrupted.arguments(place, ["--resume"]).map { "'\($0)'" }.joined(separator: " ")
        let compare = ["trace.pb", "coefficients.json", "model.safetensors"]
            .map { "cmp '\(whole.file($0))' '\(place)/\($0)'" }.joined(separator: " && ")
        let run = try Mount.run(
            Interrupted.arguments(place),
            in: scratch,
            options: "size=\(kilobytes)k",
            after:
                "ls \"$0/out\"; mount -o remount,size=16m \"$0\"; \"$1\" \(goOn) >/dev/null && \(compare) && echo equal"
        )
        #expect(run.program.status == 1, "\(run.program.errors)")
        for word in ["No space left on device", "--resume"] {
            #expect(run.program.errors.contains(word), "\(run.program.errors)")
        }
        #expect(run.after.contains("state-0.json"), "\(run.after)")
        #expect(run.after.hasSuffix("equal\n"), "\(run.after)")
    }

    @Test(
        .enabled(if: Mount.isPermitted, "mounting a small disk needs root or user namespaces"),
        arguments: [1, 3]
    )
    func aReadOnlyDisk(ranks: Int) throws {
        let scratch = try Scratch()
        let run = try Mount.run(
            scratch.learn().replacing(scratch.out, with: "\(Mount.place(scratch))/new/out"),
            in: scratch,
            options: "ro",
            ranks: ranks
        )
        #expect(run.program.status == 2)
        #expect(
            run.program.errors.contains(
                "/new/out: cannot make the folder to write into: Read-only file system"
            )
        )
        #expect(run.left.isEmpty)
    }

    @Test(.enabled(if: Mount.isPermitted, "mounting a small disk needs root or user namespaces"))
    func aFullDiskForOtherCommands() throws {
        let scratch = try Scratch()
        let place = Mount.place(scratch)
        let pool = try Mount.run(
            scratch.ingredients("--embed-dim", "32").replacing(scratch.out, with: "\(place)/out"),
            in: scratch,
            options: "size=16k"
        )
        expectWrong(pool.program, "base.safetensors", "No space left on device")
        #expect(pool.left.isEmpty)
        let export = try Mount.run(
            ["trace", "export", traceFixture, "--out", "\(place)/out.csv"],
            in: scratch,
            options: "size=4k",
            before: "head -c 4096 /dev/zero > \"$0/full\" || true"
        )
        expectWrong(export.program, "out.csv", "No space left on device")
        #expect(!export.left.contains("out.csv"))
        let soup = try Soup.shared()
        let mix = try Mount.run(
            [
                "mix", "--models", poolFixture, "--coefficients", "\(soup.path)/coefficients.json", "--out",
                "\(place)/soup.safetensors",
            ],
            in: scratch,
            options: "size=60k"
        )
        expectWrong(mix.program, "soup.safetensors", "No space left on device")
        #expect(mix.left.isEmpty)
    }

    @Test func whatIsThereStays() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.out, withIntermediateDirectories: false)
        for name in ["model.safetensors", "trace.pb", "trace.pb.partial", "config.yaml"] {
            _ = try scratch.write("old", "out/\(name)")
        }
        try WrongInput("NaN", ["model_02.safetensors"]) { other in
            try poisonHead(other, "model_02.safetensors")
            return other.learn("--restart").replacing(other.out, with: scratch.out)
        }.expectRefusal()
        for name in ["model.safetensors", "trace.pb", "trace.pb.partial", "config.yaml"] {
            #expect(try bytes(of: "\(scratch.out)/\(name)") == [UInt8]("old".utf8), "\(name)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.out).count == 4)
    }
}

extension [String] {
    fileprivate func replacing(_ old: String, with new: String) -> [String] { map { $0 == old ? new : $0 } }
}

private let wrongFolders = [
    WrongInput("a file", ["config.json", "expected a folder to write into, found a file"]) { scratch in
        scratch.learn("--out", "\(scratch.pool)/config.json")
    },
    WrongInput("below a file", ["config.json", "config.json/out would lie, found a file"]) { scratch in
        scratch.learn("--out", "\(scratch.pool)/config.json/out")
    },
    WrongInput("in /proc", ["/proc/mehlsoup/out", "cannot make the folder"]) {
        $0.learn("--out", "/proc/mehlsoup/out")
    },
    WrongInput("a device", ["/dev/full", "found a file"]) { $0.learn("--out", "/dev/full") },
    WrongInput("no name", ["a folder to write into"]) { $0.learn("--out", "") },
    WrongInput("the pool itself", ["pool", "without ingredients"]) { $0.learn("--out", "\($0.pool)/") },
    WrongInput("deep in a new folder, with wrong ingredients", ["model_01.safetensors"]) { scratch in
        try poisonHead(scratch, "model_01.safetensors")
        return scratch.learn("--out", "\(scratch.path)/a/b/c")
    },
    WrongInput("ingredients: a file", ["config.json", "expected a folder", "found a file"]) { scratch in
        scratch.ingredients("--out", "\(scratch.pool)/config.json")
    },
    WrongInput("ingredients: a folder with checkpoints", ["--out", "without checkpoints"]) {
        $0.ingredients("--out", $0.pool)
    },
    WrongInput("ingredients: in /proc", ["/proc/mehlsoup", "cannot make the folder"]) {
        $0.ingredients("--out", "/proc/mehlsoup/out")
    },
    WrongInput("ingredients: no name", ["--out"]) { $0.ingredients("--out", "") },
    WrongInput("trace: below a file", ["config.json/out.csv", "Not a directory"]) { scratch in
        ["trace", "export", traceFixture, "--out", "\(scratch.pool)/config.json/out.csv"]
    },
]
