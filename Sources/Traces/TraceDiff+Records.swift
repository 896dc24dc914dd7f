/// What the places in a trace's arrays are called.
struct Names {
    let header: TraceHeader

    /// The place `index` of a matrix ingredients × groups, by its names.
    func entry(_ index: Int, ingredients: [Int]) -> String {
        let (row, group) = index.quotientAndRemainder(dividingBy: max(header.groups.count, 1))
        return "\(header.groups[group].name), \(header.ingredients[ingredients[row]])"
    }
}

extension TraceDiff {
    func difference(_ left: TraceCoefficientBlock, _ right: TraceCoefficientBlock, _ names: Names)
        -> Difference?
    {
        let place = TraceRecord.coefficientBlock(left).shortName
        if let found = counts("\(place): outer epoch", left.outerEpoch, right.outerEpoch)
            ?? counts("\(place): index", left.index, right.index)
            ?? counts("\(place): fold", left.fold, right.fold)
            ?? lists("\(place): ingredients", left.ingredients, right.ingredients)
        {
            return found
        }
        return matrices("\(place): norm of", left.norms, right.norms, names, left.ingredients)
    }

    /// In the order of cause and effect: what was computed first is compared first.
    func difference(
        _ left: TraceStep,
        _ right: TraceStep,
        _ names: Names,
        _ block: TraceCoefficientBlock?
    ) -> Difference? {
        let place = "step \(left.number)"
        let ingredients = block?.ingredients ?? []
        let data =
            counts("\(place): inner epoch", left.innerEpoch, right.innerEpoch)
            ?? counts("\(place): batch", left.batch, right.batch)
            ?? lists("\(place): samples", left.samples, right.samples)
        if let data { return data }
        return matrices("\(place): alpha of", left.alpha, right.alpha, names, ingredients)
            ?? numbers("\(place): temperature", left.temperature, right.temperature)
            ?? numbers("\(place): loss", left.loss, right.loss)
            ?? numbers("\(place): accuracy", left.accuracy, right.accuracy)
            ?? numbers("\(place): gradient norm", left.gradientNorm, right.gradientNorm)
            ?? matrices("\(place): gradient of", left.gradient, right.gradient, names, ingredients)
            ?? lists("\(place): still groups", left.stillGroups, right.stillGroups)
            ?? numbers("\(place): learning rate", left.learningRate, right.learningRate)
    }

    func difference(_ left: TraceFooter, _ right: TraceFooter, _ names: Names) -> Difference? {
        let all = Array(names.header.ingredients.indices)
        return matrices("footer: alpha of", left.alpha, right.alpha, names, all)
            ?? numbers("footer: held-out accuracy", left.heldOutAccuracy, right.heldOutAccuracy)
            ?? numbers("footer: held-out loss", left.heldOutLoss, right.heldOutLoss)
            ?? numbers("footer: temperature", left.temperature, right.temperature)
    }

    func difference(_ left: TraceEvaluation, _ right: TraceEvaluation) -> Difference? {
        let place = "evaluation after \(left.step) steps"
        guard left.step == right.step, left.subject == right.subject, left.part == right.part,
            left.method == right.method
        else {
            return Difference(
                place: place,
                left: left.name,
                right: "\(right.name) after \(right.step)",
                isNote: false
            )
        }
        return lists("\(place): ingredients", left.ingredients, right.ingredients)
            ?? numbers("\(place): loss", left.loss, right.loss)
            ?? counts("\(place): correct", left.correct, right.correct)
            ?? counts("\(place): samples", left.samples, right.samples)
            ?? counts("\(place): kept", left.isKept ? 1 : 0, right.isKept ? 1 : 0)
            ?? numbers("\(place): distance", left.distance ?? .nan, right.distance ?? .nan)
            ?? numbers(
                "\(place): temperature",
                left.calibration?.temperature ?? .nan,
                right.calibration?.temperature ?? .nan
            )
            ?? numbers(
                "\(place): calibrated loss",
                left.calibration?.loss ?? .nan,
                right.calibration?.loss ?? .nan
            )
    }

    private func agree(_ left: Double, _ right: Double) -> Bool {
        if left.bitPattern == right.bitPattern || (left.isNaN && right.isNaN) { return true }
        return tolerance > 0 && abs(left - right) <= tolerance * max(1, abs(left), abs(right))
    }

    private func numbers(_ place: String, _ left: Double, _ right: Double) -> Difference? {
        guard !agree(left, right) else { return nil }
        return Difference(place: place, left: "\(left)", right: "\(right)", isNote: false)
    }

    private func counts(_ place: String, _ left: Int, _ right: Int) -> Difference? {
        guard left != right else { return nil }
        return Difference(place: place, left: "\(left)", right: "\(right)", isNote: false)
    }

    private func lists(_ place: String, _ left: [Int], _ right: [Int]) -> Difference? {
        guard left != right else { return nil }
        for (index, pair) in zip(left, right).enumerated() where pair.0 != pair.1 {
            return counts("\(place): place \(index)", pair.0, pair.1)
        }
        return counts("\(place): number", left.count, right.count)
    }

    private func matrices(
        _ place: String,
        _ left: [Double],
        _ right: [Double],
        _ names: Names,
        _ ingredients: [Int]
    ) -> Difference? {
        for (index, pair) in zip(left, right).enumerated() where !agree(pair.0, pair.1) {
            return numbers("\(place) \(names.entry(index, ingredients: ingredients))", pair.0, pair.1)
        }
        return nil
    }
}
