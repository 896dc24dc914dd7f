import Foundation
import Reports

/// Every number that a page must carry for programs, in the page's order, from the values that went in.
struct ExpectedNumbers {
    struct Number {
        var attributes: [String: String]
        var value: Double
        /// What a reader sees begins with this.
        var text: String
    }

    private(set) var all: [Number] = []

    init(_ page: ReportPage) {
        for candidate in page.candidates { add(candidate) }
        for system in page.systems { add(system) }
        if let mixture = page.mixture {
            for (index, value) in mixture.effective.enumerated() {
                let (ingredient, system) = index.quotientAndRemainder(dividingBy: mixture.systems.count)
                add(
                    ["system": mixture.systems[system], "ingredient": mixture.ingredients[ingredient]],
                    "effective",
                    value,
                    signed(value)
                )
            }
        }
        for run in page.runs { add(run) }
    }

    private mutating func add(_ candidate: CandidateRow) {
        let about = ["system": candidate.name]
        let accuracy = candidate.score.accuracy
        add(about, "out_of_fold_accuracy", accuracy, String(format: "%.2f%%", 100 * accuracy))
        if let loss = candidate.score.loss {
            add(about, "out_of_fold_loss", loss, String(format: "%.4g", loss))
        }
        if let gain = candidate.gain {
            add(
                about,
                "out_of_fold_gain",
                gain,
                String(format: gain < 0 ? "−%.2f" : "+%.2f", abs(100 * gain))
            )
        }
    }

    private mutating func add(_ system: SystemRow) {
        add(system, system.heldOut, "heldout")
        add(system, system.test, "test")
        let about = ["system": system.name]
        if let loss = system.heldOut?.loss { add(about, "heldout_loss", loss, String(format: "%.4g", loss)) }
        if let loss = system.test?.loss { add(about, "test_loss", loss, String(format: "%.4g", loss)) }
        if let seconds = system.seconds {
            let minutes = Int(seconds.rounded()) / 60
            add(about, "seconds", seconds, seconds > 120 ? "\(minutes) min" : String(format: "%.1f", seconds))
        }
        if let steps = system.steps { add(about, "steps", Double(steps), "\(steps)") }
        if let peak = system.peakMiB { add(about, "peak_rss_mib", peak, String(format: "%.0f", peak)) }
        if let temperature = system.temperature {
            add(about, "temperature", temperature, String(format: "%.4g", temperature))
        }
        if let groups = system.groups { add(about, "groups", Double(groups), "\(groups)") }
    }

    private mutating func add(_ system: SystemRow, _ score: Score?, _ data: String) {
        guard let score else { return }
        let about = ["system": system.name]
        add(about, "\(data)_accuracy", score.accuracy, String(format: "%.2f%%", 100 * score.accuracy))
        if let deviation = score.standardDeviation {
            add(about, "\(data)_sd", deviation, String(format: "± %.2f", 100 * deviation))
        }
        if let interval = score.interval {
            add(about, "\(data)_low", interval.lowerBound, String(format: "%.2f", 100 * interval.lowerBound))
            add(about, "\(data)_high", interval.upperBound, String(format: "%.2f", 100 * interval.upperBound))
        }
    }

    private mutating func add(_ run: RunSection) {
        let about = ["run": run.name]
        if let picture = run.coefficients {
            let parameters = picture.groupParameters.reduce(0, +)
            for (index, name) in picture.ingredients.enumerated() {
                var effective = 0.0
                for group in picture.groups.indices {
                    effective +=
                        picture.alpha[index * picture.groups.count + group]
                        * Double(picture.groupParameters[group])
                }
                effective /= Double(parameters)
                let named = about.merging(["ingredient": name]) { $1 }
                add(named, "effective", effective, signed(effective))
                let accuracy = picture.accuracies[index]
                add(named, "individual_accuracy", accuracy, String(format: "%.2f%%", 100 * accuracy))
            }
        }
        for point in run.curves?.monitor ?? [] {
            let step = about.merging(["step": "\(point.step)"]) { $1 }
            add(step, "monitor_loss", point.loss, String(format: "%.4g", point.loss))
            add(step, "monitor_accuracy", point.accuracy, String(format: "%.2f%%", 100 * point.accuracy))
        }
        for part in run.phaseSeconds {
            add(about.merging(["part": part.name]) { $1 }, "phase_seconds", part.value, "")
        }
        for part in run.memoryMiB {
            add(
                about.merging(["part": part.name]) { $1 },
                "memory_mib",
                part.value,
                String(format: "%.1f MiB", part.value)
            )
        }
    }

    private mutating func add(_ about: [String: String], _ field: String, _ value: Double, _ text: String) {
        all.append(Number(attributes: about.merging(["field": field]) { $1 }, value: value, text: text))
    }

    private func signed(_ value: Double) -> String {
        let text = String(format: "%.4f", abs(value))
        return text == "0.0000" ? text : (value < 0 ? "−" : "+") + text
    }
}
