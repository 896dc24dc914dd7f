import Foundation

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try clock.measure(body) / .seconds(1)
}

/// Seconds that passed, and seconds of processor time that all threads together took.
///
/// On a machine with other work the second says more.
struct Cost {
    let elapsed: Double
    let processor: Double

    init(_ body: () throws -> Void) rethrows {
        let before = Self.processorSeconds
        elapsed = try seconds(body)
        processor = Self.processorSeconds - before
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
}

func format(_ number: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", number) }

/// Names and values in two columns.
struct Table {
    private var lines: [(name: String, value: String)] = []

    mutating func add(_ name: String, _ value: String) { lines.append((name, value)) }

    var text: String {
        let width = lines.map(\.name.count).max() ?? 0
        return lines.map { "\($0.padding(toLength: width + 2, withPad: " ", startingAt: 0))\($1)" }
            .joined(separator: "\n")
    }
}
