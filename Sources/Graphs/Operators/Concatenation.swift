import Kernels

/// Two values side by side, row by row.
struct Concatenation: Operator {
    let left: ValueID
    let right: ValueID
    let output: ValueID

    var inputs: [ValueID] { [left, right] }
    var backwardReads: [ValueID] { [] }

    func forward<R: Real>(_ run: Run<R>) {
        let target = run[output]
        each(run) { input, row, columns, offset in
            (target + offset).update(from: run[input] + row * columns, count: columns)
        }
    }

    func backward<R: Real>(_ run: Run<R>) {
        let source = run.gradient(output)
        each(run) { input, row, columns, offset in
            (run.gradient(input) + row * columns).update(from: source + offset, count: columns)
        }
    }

    /// Every row of every input, and where in the output it begins.
    private func each<R: Real>(
        _ run: Run<R>,
        _ body: (_ input: ValueID, _ row: Int, _ columns: Int, _ offset: Int) -> Void
    ) {
        let width = run.graph[output].columns
        run.team.run(run.batch) { sample in
            for row in sample * run.graph[output].rows..<(sample + 1) * run.graph[output].rows {
                var offset = row * width
                for input in inputs {
                    let columns = run.graph[input].columns
                    body(input, row, columns, offset)
                    offset += columns
                }
            }
        }
    }
}

extension GraphBuilder {
    package mutating func concatenation(_ left: ValueID, _ right: ValueID, name: String) -> ValueID {
        precondition(self[left].rows == self[right].rows)
        let output = value(name, rows: self[left].rows, columns: self[left].columns + self[right].columns)
        append(Concatenation(left: left, right: right, output: output))
        return output
    }
}
