/// Compares two traces of steps and says where they part first.
package struct TraceDiff {
    /// One fact that is not the same in both traces.
    package struct Difference: Sendable, Equatable {
        /// As in "step 7: alpha of blocks.0.norm1.weight, model_03.safetensors".
        package let place: String
        package let left: String
        package let right: String
        /// Whether it is only worth mentioning: the program's version, and where ingredients and data lie.
        package let isNote: Bool

        package var text: String { "\(place): \(left) and \(right)" }
    }

    /// Two numbers are the same where |a − b| ≤ tolerance · max(1, |a|, |b|); at 0 they must be equal bit for bit.
    package let tolerance: Double

    package init(tolerance: Double = 0) {
        self.tolerance = tolerance
    }

    /// Prints every difference of the headers and the first one after them; returns whether the traces are the same.
    ///
    /// A path is that of a file or of a run's folder. `output` gets one line at a time.
    package func compare(
        _ left: String,
        _ right: String,
        output: (String) throws -> Void
    ) throws -> Bool {
        let (leftReader, rightReader) = (
            try TraceReader(TraceFiles.resolve(left)), try TraceReader(TraceFiles.resolve(right))
        )
        let leftHeader = try leftReader.readHeader()
        let rightHeader = try rightReader.readHeader()
        var isEqual = true
        for difference in Self.differences(leftHeader, rightHeader) {
            try output((difference.isNote ? "note: " : "differs: ") + difference.text)
            if !difference.isNote { isEqual = false }
        }
        // Where these differ, numbers at the same place mean different things.
        guard leftHeader.ingredients.count == rightHeader.ingredients.count,
            leftHeader.groups == rightHeader.groups
        else {
            return false
        }
        let names = Names(header: leftHeader)
        if let difference = try firstDifference(leftReader, rightReader, names) {
            try output("differs first: \(difference.text)")
            return false
        }
        if isEqual {
            try output("the same: \(leftReader.nextStep) steps\(leftReader.isComplete ? "" : ", no footer")")
        }
        return isEqual
    }

    /// The facts in which two headers differ.
    ///
    /// Paths are notes: another machine keeps the same files elsewhere, and other files show in the numbers.
    package static func differences(_ left: TraceHeader, _ right: TraceHeader) -> [Difference] {
        var found: [Difference] = []
        func compare(_ place: String, _ left: String?, _ right: String?, isNote: Bool = false) {
            guard left != right else { return }
            found.append(
                Difference(place: place, left: left ?? "none", right: right ?? "none", isNote: isNote)
            )
        }
        compare("program version", left.programVersion, right.programVersion, isNote: true)
        compare("method", left.method, right.method)
        compare("granularity", left.granularity, right.granularity)
        compare("seed", "\(left.seed)", "\(right.seed)")
        compare("number of ingredients", "\(left.ingredients.count)", "\(right.ingredients.count)")
        for (index, pair) in zip(left.ingredients, right.ingredients).enumerated() {
            compare("ingredient \(index)", pair.0, pair.1, isNote: true)
        }
        compare("number of groups", "\(left.groups.count)", "\(right.groups.count)")
        for (index, pair) in zip(left.groups, right.groups).enumerated() {
            compare("group \(index)", pair.0.name, pair.1.name)
            compare("parameters of group \(index)", "\(pair.0.parameters)", "\(pair.1.parameters)")
        }
        let options = [left, right].map { header in
            Dictionary(header.options.map { ($0.name, $0.value) }) { first, _ in first }
        }
        let names = left.options.map(\.name) + right.options.map(\.name).filter { options[0][$0] == nil }
        for name in names {
            compare("option \(name)", options[0][name], options[1][name], isNote: name == "data")
        }
        return found
    }

    private func firstDifference(
        _ left: TraceReader,
        _ right: TraceReader,
        _ names: Names
    ) throws -> Difference? {
        while true {
            let place = "record \(left.recordCount)"
            let block = left.coefficientBlock
            switch (try left.next(), try right.next()) {
            case (nil, nil): return nil
            case (.coefficientBlock(let a)?, .coefficientBlock(let b)?):
                if let found = difference(a, b, names) { return found }
            case (.step(let a)?, .step(let b)?):
                if let found = difference(a, b, names, block) { return found }
            case (.evaluation(let a)?, .evaluation(let b)?):
                if let found = difference(a, b) { return found }
            case (.footer(let a)?, .footer(let b)?):
                if let found = difference(a, b, names) { return found }
            case (let a, let b):
                return Difference(
                    place: place,
                    left: a?.shortName ?? "the end",
                    right: b?.shortName ?? "the end",
                    isNote: false
                )
            }
        }
    }
}

extension TraceRecord {
    /// The record by its number: "step 7".
    var shortName: String {
        switch self {
        case .coefficientBlock(let block):
            "coefficient block \(block.index) of outer epoch \(block.outerEpoch)"
                + (block.fold > 0 ? ", fold \(block.fold)" : "")
        case .step(let step): "step \(step.number)"
        default: kindName
        }
    }
}
