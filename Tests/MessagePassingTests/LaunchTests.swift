import Testing

@testable import MessagePassing

@Suite struct LaunchTests {
    private func launch(_ environment: [String: String]) -> Launch {
        Launch { environment[$0] }
    }

    @Test func plainShellsAndBatchScriptsDoNotLaunch() {
        #expect(!launch([:]).isByLauncher)
        #expect(!launch(["SLURM_NTASKS": "8", "SLURM_STEP_NUM_TASKS": "1"]).isByLauncher)
        #expect(launch(["SLURM_STEP_NUM_TASKS": "1"]).size == nil)
    }

    @Test func launchersAnnounceTheirSize() {
        #expect(launch(["OMPI_COMM_WORLD_SIZE": "4", "SLURM_STEP_NUM_TASKS": "1"]).size == 4)
        #expect(launch(["PMI_RANK": "1", "PMI_SIZE": "3"]).size == 3)
        #expect(launch(["PMIX_RANK": "0", "SLURM_STEP_NUM_TASKS": "6"]).size == 6)
        #expect(launch(["PMIX_RANK": "0"]).isByLauncher)
        #expect(launch(["PMIX_RANK": "0"]).size == nil)
    }

    @Test func mpirunEndsTheJobWithARankAndSrunDoesNot() {
        let sizes = ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_SIZE": "4"]
        #expect(launch(sizes).endsJobWithRank)
        #expect(!launch(sizes.merging(["OMPI_COMM_WORLD_LOCAL_SIZE": "2"]) { $1 }).endsJobWithRank)
        #expect(!launch(["PMIX_RANK": "0", "SLURM_STEP_NUM_TASKS": "6"]).endsJobWithRank)
        #expect(!launch(["PMI_RANK": "1", "PMI_SIZE": "3"]).endsJobWithRank)
    }
}
