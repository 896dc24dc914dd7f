import Randomness
import Soups

/// L = ½ Σₗ scale[l]·‖θ[l] − t[l]‖², whose best soup is known: θ = t wherever t lies in the ingredients' affine hull.
struct Quadratic: SoupObjective {
    /// Elements of each group within the flat vector.
    let groups: [Range<Int>]
    let ingredients: [[Double]]
    let target: [Double]
    /// Curvature per group.
    let scale: [Double]
    /// By fold: c, kept by the recurrence of the protocol and never rebuilt from α.
    private(set) var centres: [[Double]] = []
    private(set) var block: [Int] = []
    private(set) var steps: [SoupStep] = []
    private(set) var settledBlocks = 0
    /// Returns this loss at the given step, where set.
    var lossAt: (step: Int, value: Double)?
    /// By fold, the minimum of its loss; empty for `target` in all.
    var foldTargets: [[Double]] = []
    /// The minimum of the monitor's loss, ½‖θ − target‖²; nil for the same as the loss's.
    var monitorTarget: [Double]?

    init(groupSizes: [Int], ingredients: [[Double]], target: [Double], scale: [Double]? = nil) {
        var offset = 0
        groups = groupSizes.map { size in
            defer { offset += size }
            return offset..<(offset + size)
        }
        self.ingredients = ingredients
        self.target = target
        self.scale = scale ?? groupSizes.map { _ in 1 }
    }

    /// Ingredients of normal numbers and a target within their affine hull, outside their convex hull.
    init(ingredientCount: Int, groupSizes: [Int], seed: UInt64, scale: [Double]? = nil) {
        var stream = RandomStream(seed: seed)
        let dimension = groupSizes.reduce(0, +)
        let ingredients = (0..<ingredientCount).map { _ in (0..<dimension).map { _ in stream.normal() } }
        var alpha = CoefficientMatrix(rows: ingredientCount, columns: groupSizes.count)
        for group in groupSizes.indices {
            let last = ingredientCount - 1
            for row in 0..<last { alpha[row, group] = stream.uniform(in: -0.5...0.7) }
            alpha[last, group] = 1 - (0..<last).map { alpha[$0, group] }.reduce(0, +)
        }
        self.init(groupSizes: groupSizes, ingredients: ingredients, target: [], scale: scale)
        self = Quadratic(
            groupSizes: groupSizes,
            ingredients: ingredients,
            target: mix(alpha),
            scale: scale
        )
    }

    /// Σₖ α[k]·w[k].
    func mix(_ alpha: CoefficientMatrix) -> [Double] {
        var soup = Array(repeating: 0.0, count: ingredients.first?.count ?? 0)
        for (group, elements) in groups.enumerated() {
            for element in elements {
                for (row, weights) in ingredients.enumerated() {
                    soup[element] += alpha[row, group] * weights[element]
                }
            }
        }
        return soup
    }

    func loss(of soup: [Double], fold: Int = 0) -> Double {
        let target = target(fold)
        return zip(groups, scale).map { elements, scale in
            0.5 * scale * elements.map { (soup[$0] - target[$0]) * (soup[$0] - target[$0]) }.reduce(0, +)
        }.reduce(0, +)
    }

    private func target(_ fold: Int) -> [Double] { foldTargets.isEmpty ? target : foldTargets[fold] }

    /// The same with another target, where there is one: what the monitor sees.
    private func monitorLoss(_ soup: [Double]) -> Double {
        zip(soup, monitorTarget ?? target).map { 0.5 * ($0 - $1) * ($0 - $1) }.reduce(0, +)
    }

    func soup(_ displacement: CoefficientMatrix, fold: Int = 0) -> [Double] {
        var soup = centres[fold]
        for (group, elements) in groups.enumerated() {
            for (row, ingredient) in block.enumerated() {
                for element in elements {
                    soup[element] += displacement[row, group] * difference(ingredient, element, fold)
                }
            }
        }
        return soup
    }

    /// By coefficient block, its ingredients, and those that were said to come next.
    var entered: [[Int]] = []
    var upcomings: [[Int]?] = []

    mutating func enter(
        _ block: CoefficientBlock,
        upcoming: CoefficientBlock?,
        alphas: [CoefficientMatrix]
    ) throws -> [CoefficientMatrix] {
        entered.append(block.ingredients)
        upcomings.append(upcoming?.ingredients)
        if centres.isEmpty { centres = alphas.map(mix) }
        self.block = block.ingredients
        return alphas.indices.map(distances)
    }

    private func distances(_ fold: Int) -> CoefficientMatrix {
        var distances = CoefficientMatrix(rows: block.count, columns: groups.count)
        for (group, elements) in groups.enumerated() where !isCommon(elements) {
            for (row, ingredient) in block.enumerated() {
                let squares = elements.map {
                    difference(ingredient, $0, fold) * difference(ingredient, $0, fold)
                }
                distances[row, group] = squares.reduce(0, +).squareRoot()
            }
        }
        return distances
    }

    mutating func monitor(fold: Int, displacement: CoefficientMatrix) throws -> SoupScore {
        SoupScore(loss: monitorLoss(soup(displacement, fold: fold)), accuracy: 0.5)
    }

    mutating func evaluate(
        _ step: SoupStep,
        displacement: CoefficientMatrix,
        temperature: Double
    ) throws -> SoupEvaluation {
        steps.append(step)
        let fold = step.fold
        let soup = soup(displacement, fold: fold)
        let target = target(fold)
        var projections = CoefficientMatrix(rows: block.count, columns: groups.count)
        var squaredNorms: [Double] = []
        for (group, elements) in groups.enumerated() {
            let slopes = elements.map { scale[group] * (soup[$0] - target[$0]) }
            squaredNorms.append(slopes.map { $0 * $0 }.reduce(0, +))
            for (row, ingredient) in block.enumerated() {
                projections[row, group] = zip(slopes, elements).map { $0 * difference(ingredient, $1, fold) }
                    .reduce(0, +)
            }
        }
        let planted = lossAt.flatMap { $0.step == step.step ? $0.value : nil }
        return SoupEvaluation(
            score: SoupScore(loss: planted ?? loss(of: soup, fold: fold), accuracy: 0.5),
            projections: projections,
            squaredGradientNorms: squaredNorms
        )
    }

    mutating func settle(displacements: [CoefficientMatrix]) throws {
        centres = displacements.enumerated().map { soup($1, fold: $0) }
        settledBlocks += 1
    }

    private func difference(_ ingredient: Int, _ element: Int, _ fold: Int) -> Double {
        ingredients[ingredient][element] - centres[fold][element]
    }

    /// Whether all ingredients agree here.
    private func isCommon(_ elements: Range<Int>) -> Bool {
        ingredients.allSatisfy { $0[elements] == ingredients[0][elements] }
    }
}

/// Keeps everything it is shown.
struct Recorder: SoupObserver {
    struct Entry {
        let block: CoefficientBlock
        let fold: Int
        let distances: CoefficientMatrix
        let alpha: CoefficientMatrix
    }

    private(set) var entries: [Entry] = []
    private(set) var records: [SoupStepRecord] = []
    private(set) var settled: [CoefficientMatrix] = []
    private(set) var looks: [SoupMonitorRecord] = []
    /// `SoupState`s, where the run could have been interrupted.
    private(set) var states: [Any] = []
    /// The number of the state at which the run is interrupted; 0 for never.
    var interruptedAt = 0

    struct Interruption: Error {}

    mutating func didEnter(
        _ block: CoefficientBlock,
        fold: Int,
        distances: CoefficientMatrix,
        alpha: CoefficientMatrix
    ) throws {
        entries.append(Entry(block: block, fold: fold, distances: distances, alpha: alpha))
    }

    mutating func didStep(_ record: SoupStepRecord) throws {
        records.append(record)
    }

    mutating func didMonitor(_ record: SoupMonitorRecord) throws {
        looks.append(record)
    }

    mutating func didReach<Space: CoefficientSpace>(_ state: SoupState<Space>) throws {
        if state.current == nil { settled.append(state.alpha) }
        states.append(state)
        if states.count == interruptedAt { throw Interruption() }
    }
}
