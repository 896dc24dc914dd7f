import Graphs
import Kernels
import Tensors

/// How far gradients of a step are from those in float64, layer by layer: ‖g − g₆₄‖ by ‖g₆₄‖.
struct GradientErrors {
    private let layout: ParameterLayout
    private let exact: AlignedBuffer<Double>

    /// * `step`: whose weights and batch are taken
    init(_ step: ModelStep) {
        layout = step.graph.layout
        exact = step.exactGradient()
    }

    /// Layers in the model's order, and the whole model last.
    func errors(of gradient: UnsafePointer<Float>) -> [(layer: String, error: Double)] {
        var layers: [(name: String, squares: Squares)] = []
        var whole = Squares()
        for parameter in layout.parameters {
            let place = layers.firstIndex { $0.name == parameter.layer } ?? layers.count
            if place == layers.count { layers.append((parameter.layer, Squares())) }
            for index in parameter.range {
                let difference = Double(gradient[index]) - exact.base[index]
                layers[place].squares.add(difference, exact.base[index])
                whole.add(difference, exact.base[index])
            }
        }
        return (layers + [("all", whole)]).map { ($0.name, $0.squares.ratio) }
    }

    private struct Squares {
        private var difference = 0.0
        private var exact = 0.0

        mutating func add(_ difference: Double, _ exact: Double) {
            self.difference += difference * difference
            self.exact += exact * exact
        }

        var ratio: Double { (difference / exact).squareRoot() }
    }
}
