#if canImport(Glibc)
import Glibc
#endif

/// What the environment says of who started this process.
///
/// SLURM_NTASKS says nothing: Slurm sets it in a plain batch shell, too.
struct Launch {
    let isByLauncher: Bool
    /// The number of ranks, where the launcher announces it.
    let size: Int?
    /// Whether the launcher takes the job down as soon as a rank leaves with another status than 0: Open MPI's mpirun
    /// does on one host (with several it may wait for one that is cut off), srun only where it is told to.
    let endsJobWithRank: Bool

    init(environment: (String) -> String?) {
        let marks = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"]
        isByLauncher = marks.contains { environment($0) != nil }
        // Slurm's own count is that of this step where srun speaks PMIx, which announces no size itself.
        let sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"]
        size = isByLauncher ? sizes.compactMap { environment($0).flatMap { Int($0) } }.first : nil
        let all = environment("OMPI_COMM_WORLD_SIZE")
        endsJobWithRank = all != nil && all == environment("OMPI_COMM_WORLD_LOCAL_SIZE")
    }
}

/// The transport of this run: MPI's where mpirun or srun launched the process, else the only rank's.
///
/// Without a launcher no MPI function is called.
///
/// `pieceLength` is the longest message that MPI gets to see; tests make it short, and have a `fault` happen.
package func launchedTransport(
    pieceLength: Int = MPITransport.longestPiece,
    fault: MessageFault? = nil
) throws -> any Transport {
    let launch = Launch { name in
        getenv(name).map { String(cString: $0) }
    }
    guard launch.isByLauncher else { return MemoryTransport.alone() }
    return try MPITransport(launch, pieceLength: pieceLength, fault: fault)
}
