import Soups

/// What an order may ask of a rank: anything beyond is a message that went wrong, and would trap where it is obeyed.
struct OrderLimits {
    /// Columns of every matrix.
    var groups: Int
    /// Ingredients of the pool.
    var ingredients: Int
    /// Most ingredients of a coefficient block; 0 where nothing is learned.
    var blockSize: Int
    /// Ingredients of the present coefficient block; 0 before the first.
    var entered: Int
    /// Soups that are learned side by side.
    var folds = 1
    /// Samples of each data set.
    var samples: [Int]
    /// Whether parameters are kept that others can be compared with.
    var hasKept = false
    /// Elements of the statistics of batch norms; nil where they are not to be measured.
    var statistics: Int?

    func check(_ order: Order) throws(MessageError) {
        switch order {
        case .enter(let ingredients, let alpha, let upcoming):
            guard (1...max(blockSize, 1)).contains(ingredients.count), blockSize > 0 else {
                throw MessageError("\(ingredients.count) ingredients for a coefficient block of \(blockSize)")
            }
            guard upcoming.count <= blockSize else {
                throw MessageError(
                    "\(upcoming.count) upcoming ingredients for a coefficient block of \(blockSize)"
                )
            }
            for ingredient in ingredients + upcoming { try check(ingredient: ingredient) }
            guard Set(ingredients).count == ingredients.count else {
                throw MessageError("the same ingredient twice in a coefficient block")
            }
            if let alpha { try check(alpha, rows: folds * self.ingredients) }
        case .step(let number, let fold, let displacement, let temperature, let samples, let upcoming):
            guard (0..<1 << 53).contains(number) else { throw MessageError("step \(number)") }
            try check(fold: fold)
            try check(displacement: displacement)
            guard temperature.isFinite else { throw MessageError("a temperature of \(temperature)") }
            let count = self.samples.first ?? 0
            guard (1...max(count, 1)).contains(samples.count) else {
                throw MessageError("a batch of \(samples.count) of \(count) samples")
            }
            guard upcoming.count <= count else {
                throw MessageError("a coming batch of \(upcoming.count) of \(count) samples")
            }
            for sample in samples + upcoming where !(0..<count).contains(sample) {
                throw MessageError("sample \(sample) of \(count)")
            }
        case .combine(let fold, let displacement):
            try check(fold: fold)
            try check(displacement: displacement)
        case .settle(let displacements): try check(displacement: displacements, folds: folds)
        case .mix(let alpha): try check(alpha, rows: ingredients)
        case .add(let ingredient, _), .mean(let ingredient): try check(ingredient: ingredient)
        case .evaluate(let dataset, let part, _):
            guard samples.indices.contains(dataset) else {
                throw MessageError("data set \(dataset) of \(samples.count)")
            }
            guard dataset == 0 || part == .all else {
                throw MessageError("a part of data set \(dataset), which has none")
            }
            if case .fold(let fold) = part { try check(fold: fold) }
        case .seeStatistics:
            guard statistics != nil else { throw MessageError("statistics that nobody planned to measure") }
        case .setStatistics(let values):
            guard values.count == statistics else {
                throw MessageError("\(values.count) statistics where \(statistics ?? 0) are due")
            }
        case .measure(.compare):
            guard hasKept else { throw MessageError("a comparison with parameters that were never kept") }
        case .measure, .digest, .stop: break
        }
    }

    private func check(ingredient: Int) throws(MessageError) {
        guard (0..<ingredients).contains(ingredient) else {
            throw MessageError("ingredient \(ingredient) of \(ingredients)")
        }
    }

    private func check(fold: Int) throws(MessageError) {
        guard (0..<folds).contains(fold) else { throw MessageError("fold \(fold) of \(folds)") }
    }

    private func check(displacement: CoefficientMatrix, folds: Int = 1) throws(MessageError) {
        guard entered > 0 else { throw MessageError("a soup of a coefficient block that was never entered") }
        try check(displacement, rows: folds * entered)
    }

    private func check(_ matrix: CoefficientMatrix, rows: Int) throws(MessageError) {
        guard matrix.rows == rows, matrix.columns == groups else {
            throw MessageError(
                "\(matrix.rows)×\(matrix.columns) coefficients where \(rows)×\(groups) are due"
            )
        }
        guard let value = matrix.values.first(where: { !$0.isFinite }) else { return }
        throw MessageError("a coefficient of \(value)")
    }
}

extension Order {
    /// Whether every number in it is finite: coefficients that grow beyond all bounds are no order for anyone.
    var isFinite: Bool {
        switch self {
        case .enter(_, let alpha, _): alpha?.values.allSatisfy(\.isFinite) ?? true
        case .step(_, _, let displacement, let temperature, _, _):
            temperature.isFinite && displacement.values.allSatisfy(\.isFinite)
        case .combine(_, let matrix), .settle(let matrix), .mix(let matrix):
            matrix.values.allSatisfy(\.isFinite)
        case .add, .mean, .evaluate, .seeStatistics, .setStatistics, .measure, .digest, .stop: true
        }
    }
}
