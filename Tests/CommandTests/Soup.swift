import Foundation
import TestSupport

/// A soup learned once from the fixture pool, alone, for all tests that want one: read it, leave it as it is.
enum Soup {
    static let options = ["--method", "mehl+", "--block-size", "4", "--epochs", "1", "--batch-size", "64"]

    static func shared() throws -> TemporaryFolder { try learned.get() }

    /// Learns that soup, where no option says otherwise.
    static func learn(into folder: TemporaryFolder, _ more: [String] = [], ranks: Int = 1) throws
        -> Program.Run
    {
        try Program.run(
            ["learn", "--models", poolFixture, "--data", heldoutFixture, "--out", folder.path] + options
                + more,
            environment: MPI.environment,
            launcher: ranks == 1 ? [] : MPI.launcher(ranks)
        )
    }

    private static let learned = Result {
        let folder = try TemporaryFolder()
        let run = try learn(into: folder)
        guard run.status == 0 else { throw Program.Failure(description: run.errors) }
        return folder
    }
}
