import Diagnostics
import Testing

@testable import MessagePassing

/// When a rank counts as lost, by a clock of the test's own.
@Suite struct HeartbeatWatchTests {
    @Test func silenceBeyondTheTimeoutIsALoss() {
        var watch = HeartbeatWatch(timeout: 10)
        watch.hear(1, at: RunPlace(.mix), now: 100)
        watch.hear(2, at: RunPlace(.mix), now: 105)
        #expect(watch.silent(now: 110).isEmpty)
        #expect(watch.silent(now: 110.5).map(\.rank) == [1])
        #expect(watch.silent(now: 120).map(\.rank) == [1, 2])
        watch.hear(1, at: RunPlace(.mix), now: 120)
        #expect(watch.silent(now: 120).map(\.rank) == [2])
        watch.forget(2)
        #expect(watch.silent(now: 130).isEmpty)
    }

    @Test func whoWasStoppedItselfAccusesNobody() {
        var watch = HeartbeatWatch(timeout: 10)
        watch.hear(1, at: RunPlace(.mix), now: 0)
        // The whole job slept for an hour.
        watch.didSleep(3600, now: 3600)
        #expect(watch.silent(now: 3600).isEmpty)
        #expect(watch.silent(now: 3609).isEmpty)
        #expect(watch.silent(now: 3611).map(\.rank) == [1])
        // A look that is a little late is no sleep.
        watch.didSleep(watch.tick + 0.5, now: 3611)
        #expect(watch.silent(now: 3611).map(\.rank) == [1])
    }

    @Test func signsOfLifeComeSeveralTimesWithinTheTimeout() {
        for timeout in [1.0, 2, 10, 600] {
            let watch = HeartbeatWatch(timeout: timeout)
            #expect(watch.interval + 2 * watch.tick <= timeout / 2)
            #expect(watch.interval <= 1)
        }
    }

    @Test func oneLineTellsAll() {
        let place = RunPlace(.forwardBackward, step: 12)
        let dead = HeartbeatLoss(rank: 2, host: "soup3", reason: .closed, place: place)
        #expect(
            dead.line(goOnWith: "mpirun -n 4 mehlsoup learn --resume")
                == "rank 2 on host soup3 is gone (connection closed) at step 12, forward_backward; "
                + "go on with: mpirun -n 4 mehlsoup learn --resume"
        )
        let hung = HeartbeatLoss(rank: 1, host: nil, reason: .silent(seconds: 10.2), place: RunPlace(.digest))
        #expect(hung.line(goOnWith: nil) == "rank 1 is gone (silent for 10 s) at digest")
    }

    @Test func placesFitAWord() throws {
        for phase in RunPlace.Phase.allCases {
            for step in [nil, 0, 1, 12, 1 << 50] {
                let place = RunPlace(phase, step: step)
                #expect(RunPlace(word: place.word) == place)
            }
        }
        #expect(RunPlace(word: 255) == nil)
        #expect(try #require(RunPlace(word: .max - 255)).step != nil)
    }
}

@Suite struct RestartCommandTests {
    private func command(
        _ arguments: [String],
        parent: String = "mpirun",
        environment: [String: String] = [:],
        isResumable: Bool = true
    ) -> String? {
        RestartCommand(
            environment: { environment[$0] },
            parent: (parent, arguments),
            isResumable: isResumable
        ).text
    }

    @Test func itIsTheLaunchersWithResume() {
        let words = ["mpirun", "-n", "4", "mehlsoup", "learn", "--out", "my soup"]
        #expect(command(words) == "mpirun -n 4 mehlsoup learn --out 'my soup' --resume")
        #expect(command(words + ["--resume"]) == "mpirun -n 4 mehlsoup learn --out 'my soup' --resume")
        // Starting afresh would throw away what there is to go on with.
        #expect(command(words + ["--restart"]) == "mpirun -n 4 mehlsoup learn --out 'my soup' --resume")
        #expect(command(words, isResumable: false) == "mpirun -n 4 mehlsoup learn --out 'my soup'")
    }

    @Test func theShellTakesItAsItWas() {
        #expect(
            command(["mpirun", "m", "--models", "a*", "it's", "", "x$y"])
                == "mpirun m --models 'a*' 'it'\\''s' '' 'x$y' --resume"
        )
    }

    @Test func aLauncherOfItsOwnHasTheWord() {
        let said = ["MEHLSOUP_COMMAND": "cluster/run -H hosts learn"]
        #expect(command(["mpirun", "x"], environment: said) == "cluster/run -H hosts learn --resume")
        #expect(command(["orted"], parent: "orted") == nil)
        #expect(
            RestartCommand.own(["mehlsoup", "learn"], ranks: 3, isResumable: true)
                == "mpirun -n 3 mehlsoup learn --resume"
        )
    }
}
