import Foundation
import TestSupport
import Testing

@testable import Traces

@Suite struct TraceReadingTests {
    private final class Collector {
        var lines: [String] = []
    }

    private func lines(_ body: (@escaping (String) throws -> Void) throws -> Void) rethrows -> [String] {
        let collector = Collector()
        try body { collector.lines.append($0) }
        return collector.lines
    }

    @Test func jsonLinesReadBackAsTheSameNumbers() throws {
        let lines = try lines {
            try TraceExport.export(Samples.fixture("trace.pb"), as: .jsonLines, output: $0)
        }
        let objects = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(
            objects.map { $0["record"] as? String } == [
                "header", "coefficient_block", "step", "step", "coefficient_block", "step", "evaluation",
                "evaluation", "footer",
            ]
        )
        #expect(objects[0]["ingredients"] as? [String] == Samples.header.ingredients)
        for (object, step) in zip([objects[2], objects[3]], Samples.steps) {
            #expect((object["alpha"] as? [Double])?.map(\.bitPattern) == step.alpha.map(\.bitPattern))
            #expect(object["gradient"] as? [Double] == step.gradient)
            #expect(object["loss"] as? Double == step.loss)
            #expect(object["samples"] as? [Int] == step.samples)
        }
        let gradient = try #require(objects[5]["gradient"] as? [Any])
        #expect(gradient[0] as? String == "Infinity")
        #expect(gradient[1] as? Double == 0.1)
        #expect(objects[5]["temperature"] as? Double == 1.25)
        #expect(objects[6]["part"] as? String == "monitor" && objects[6]["kept"] as? Bool == true)
        #expect(
            objects[7]["subject"] as? String == "greedy" && objects[7]["correct"] as? Int == 5_000_000_000
        )
        #expect(objects[8]["heldout_accuracy"] as? Double == 0.9125)
        #expect(objects[8]["temperature"] as? Double == 1.5)
    }

    @Test func csvHasARowPerStepGroupAndIngredient() throws {
        let lines = try lines {
            try TraceExport.export(Samples.fixture("trace.pb"), as: .csv, output: $0)
        }
        #expect(lines.count == 1 + 4 + 4 + 2)
        #expect(
            lines[0] == """
                step,outer_epoch,coefficient_block,inner_epoch,batch,group,ingredient,alpha,gradient,norm,\
                loss,accuracy,learning_rate,gradient_norm
                """
        )
        let quoted = "\"a, \"\"quoted\"\" µ.safetensors\""
        #expect(
            lines[1] == """
                0,0,0,0,0,head.weight,\(quoted),0.3333333333333333,1.0,1.5,2.302585092994046,0.1015625,0.002,12.75
                """
        )
        #expect(
            lines[6] == "1,0,0,1,7,head.weight,model_00.safetensors,0.75,-3.0,3.0,0.5,1.0,0.01,0.125"
        )
        #expect(lines[10] == "2,1,3,0,0,head.bias,model_01.safetensors,8.0,0.1,0.0625,0.25,0.5,0.001,1e+30")
    }

    @Test func tracesOfRanksAreExported() throws {
        let path = try Samples.fixture("trace-ranks.pb")
        let csv = try lines { try TraceExport.export(path, as: .csv, output: $0) }
        #expect(
            csv == [
                """
                step,rank,step_seconds,bytes_sent,order,combine,gather,forward_backward,reduce,project,collect,\
                update
                """,
                "0,0,0.5,5000000000,0.001,0.002,0.003,0.4,0.005,0.006,0.007,0.0",
                "0,1,0.5,7,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8",
                "1,0,0.25,0,0.0,0.0,0.0,0.25,0.0,0.0,0.0,0.0",
            ]
        )
        let json = try lines { try TraceExport.export(path, as: .jsonLines, output: $0) }
        let step = try #require(
            try JSONSerialization.jsonObject(with: Data(json[1].utf8)) as? [String: Any]
        )
        let ranks = try #require(step["ranks"] as? [[String: Any]])
        #expect(ranks[1]["gradient"] as? [Double] == [0.25, -0.5, 0.125, .leastNonzeroMagnitude])
    }

    @Test func theSummaryShowsEveryStepAndTheRange() throws {
        let lines = try lines { try TraceSummary(Samples.fixture("trace.pb"), output: $0).show() }
        let text = lines.joined(separator: "\n")
        #expect(lines[0].hasSuffix("trace.pb: mehl+, seed 18446744073709551615, program 0.1.0"))
        #expect(lines[1] == "3 ingredients; 2 groups by tensor, 5000000010 parameters")
        #expect(text.contains("coefficient block 3 of outer epoch 1: model_01.safetensors"))
        // Seconds come from the trace of ranks beside it, which ends before step 2.
        #expect(lines.contains("     0   2.30259    0.1016       0.002000     12.75     0.500"))
        #expect(lines.contains("     2   0.25000    0.5000       0.001000     1e+30         –"))
        #expect(lines.contains("held-out accuracy 0.9125, loss 0.20000, temperature 1.5000"))
        #expect(lines.contains("         0.75000    0.8750  iterate on monitor, kept"))
        #expect(text.contains("greedy of 2 on learning (model_00.safetensors)"))
        // α of model_01: −0.125 and 8.
        #expect(lines.contains("  -0.12500   3.93750   8.00000  model_01.safetensors"))
    }

    @Test func stillGroupsAreMarkedAndExported() throws {
        let folder = try TemporaryFolder()
        var records = Samples.records
        var step = Samples.steps[1]
        step.stillGroups = [1]
        records[3] = .step(step)
        let path = try folder.trace("still.pb", records)
        let shown = try lines { try TraceSummary(path, output: $0).show(step: 1) }
        #expect(shown.filter { $0.hasSuffix(", still") }.count == 2)
        #expect(shown[5].hasSuffix("  head.bias, a, \"quoted\" µ.safetensors, still"))
        #expect(shown[6].hasSuffix("  head.bias, model_00.safetensors, still"))
        #expect(shown[7].hasPrefix("still: "))
        let json = try lines { try TraceExport.export(path, as: .jsonLines, output: $0) }
        #expect(json[2].hasSuffix("\"still_groups\":[],\"temperature\":1.0}"))
        #expect(json[3].hasSuffix("\"still_groups\":[1],\"temperature\":1.0}"))
    }

    @Test func oneStepAsATable() throws {
        let path = try Samples.fixture("trace.pb")
        let lines = try lines { try TraceSummary(path, output: $0).show(step: 1) }
        #expect(lines[0] == "step 1: batch 7 of inner epoch 1, coefficient block 0 of outer epoch 0")
        #expect(lines.count == 3 + 4)
        // 0.75 · 3 = 2.25
        #expect(
            lines[4] == "        0.75           -3           3        2.25  head.weight, model_00.safetensors"
        )
        let error = #expect(throws: TraceError.self) { try TraceSummary(path) { _ in }.show(step: 3) }
        #expect(error?.problem == "expected a step below 3, found --step 3")
    }
}
