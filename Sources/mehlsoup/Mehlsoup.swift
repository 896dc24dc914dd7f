import ArgumentParser

/// The command line.
struct Mehlsoup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mehlsoup",
        abstract: "Learns to mix fine-tuned models into one better model.",
        discussion: """
            Give it a folder of checkpoints that were fine-tuned from one pretrained model, and held-out images. It \
            learns a mixing coefficient per ingredient and tensor, and writes one model that costs no more to run.

              mehlsoup ingredients --data D:train --count 8 --out pool    a pool to try it on
              mehlsoup learn --models pool --data D:test --out soup
              mpirun -n 4 mehlsoup learn …                                the same, on 4 ranks
              mehlsoup compare --models pool --data D:test --out compared is it better than plain soups?

            Exit status: 0 done; 1 the run failed; 2 the command line, a file or the data is wrong; 3 stopped by SIGTERM, \
            SIGINT or SIGUSR1, its state saved: go on with --resume.
            """,
        version: programVersion,
        subcommands: [
            IngredientsCommand.self, LearnCommand.self, CompareCommand.self, EvaluateCommand.self,
            MixCommand.self, InspectCommand.self, TraceCommand.self,
        ]
    )
}

/// The version that traces and metrics carry.
let programVersion = "0.2.0"
