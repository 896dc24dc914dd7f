import Tensors

/// In which order passes over a graph come to need parts of its parameters, and are done with their gradients.
package struct ParameterSchedule: Sendable {
    /// The parts in the order in which a forward pass first reads of them; a backward pass is done with them in the
    /// opposite one.
    package let order: [Int]
    /// The parts' elements in the flat vector, in that order.
    let elements: [Range<Int>]
    /// By operator, how many parts, from the first on, its forward step and those before it read of.
    let read: [Int]
    /// By operator, how many parts, from the last back, have their whole gradient after its backward step.
    let whole: [Int]

    /// * `parts`: elements of the flat vector, which they make up together
    package init(_ graph: Graph, parts: [Range<Int>]) {
        var first = [Int](repeating: graph.operators.count, count: parts.count)
        for (index, operation) in graph.operators.enumerated().reversed() {
            for read in operation.inputs.compactMap(graph.elements) {
                for (part, elements) in parts.enumerated() where elements.overlaps(read) {
                    first[part] = index
                }
            }
        }
        order = parts.indices.sorted { (first[$0], $0) < (first[$1], $1) }
        elements = order.map { parts[$0] }
        read = graph.operators.indices.map { index in first.count { $0 <= index } }
        whole = graph.operators.indices.map { index in first.count { $0 >= index } }
    }
}

/// Parameters that arrive, and gradients that leave, part by part while a batch is worked on.
package struct ParameterFlow {
    package let schedule: ParameterSchedule
    /// Returns when the schedule's first so many parts are there.
    let wait: (_ count: Int) -> Void
    /// Takes a part's gradient, summed over the lanes, in the whole flat vector (nil where no lane has a sample): the
    /// parts of the schedule from the last back, one at a time, each as soon as it is whole.
    let leave: (_ part: Int, _ gradient: UnsafeMutablePointer<Float>?) -> Void

    package init(
        _ schedule: ParameterSchedule,
        wait: @escaping (_ count: Int) -> Void,
        leave: @escaping (_ part: Int, _ gradient: UnsafeMutablePointer<Float>?) -> Void
    ) {
        self.schedule = schedule
        self.wait = wait
        self.leave = leave
    }

    /// Returns when the parameters that an operator reads are there.
    func willRun(_ index: Int) { wait(schedule.read[index]) }
}
