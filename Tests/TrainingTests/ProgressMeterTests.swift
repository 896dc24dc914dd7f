import Diagnostics
import Synchronization
import Testing

@Suite struct ProgressMeterTests {
    /// A clock to be set by hand, and what was written.
    private final class Stage: Sendable {
        let time = Mutex(0.0)
        let text = Mutex("")

        func meter(isTerminal: Bool, isSpeaking: Bool = true) -> ProgressMeter {
            ProgressMeter(
                total: 100,
                isSpeaking: isSpeaking,
                output: .init(isTerminal: isTerminal) { text in self.text.withLock { $0 += text } },
                clock: { self.time.withLock { $0 } }
            )
        }

        func set(_ seconds: Double) { time.withLock { $0 = seconds } }
        var written: String { text.withLock { $0 } }
    }

    @Test func plainLinesComeEveryFiveSeconds() {
        let stage = Stage()
        let meter = stage.meter(isTerminal: false)
        for second in 1...60 {
            stage.set(Double(second))
            meter.update(step: second, "loss=\(second)")
        }
        meter.finish("done")
        let lines = stage.written.split(separator: "\n")
        #expect(lines.count == 13)
        #expect(lines[0] == "step=5/100 loss=5 elapsed=5s left=1m35s")
        #expect(lines.last == "done")
        #expect(!stage.written.contains("\u{1B}"))
    }

    @Test func aTerminalHasOneLineThatGoesAway() {
        let stage = Stage()
        let meter = stage.meter(isTerminal: true)
        stage.set(1)
        meter.update(step: 50, "loss=2")
        meter.update(step: 51, "loss=1")
        #expect(stage.written == "\r\u{1B}[2Kstep=50/100 loss=2 elapsed=1s left=1s")
        meter.say("base done")
        #expect(stage.written.hasSuffix("\r\u{1B}[2Kbase done\n"))
    }

    @Test func otherRanksAreSilent() {
        let stage = Stage()
        let meter = stage.meter(isTerminal: false, isSpeaking: false)
        stage.set(100)
        meter.update(step: 1, "loss=2")
        meter.say("line")
        meter.finish("end")
        #expect(stage.written.isEmpty)
    }

    @Test func durationsAreShort() {
        #expect(ProgressMeter.duration(7.2) == "7s")
        #expect(ProgressMeter.duration(185) == "3m05s")
        #expect(ProgressMeter.duration(7440) == "2h04m")
        #expect(ProgressMeter.duration(.infinity) == "277777h46m")
        #expect(ProgressMeter.duration(-1) == "0s")
    }
}
