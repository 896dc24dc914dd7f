import Checkpoints
import Coordination
import Datasets
import Files
import MessagePassing

extension Transport {
    /// Makes sure that all ranks have the same inputs and options before anything is computed.
    ///
    /// Weights are told apart by their files' lengths and ends; the whole files are too long to read for this.
    ///
    /// * `options`: what the command line and its files came to, where all ranks must agree
    package func agree(on inputs: RunInputs, options: [String]) throws {
        let own = [hostName] + inputs.facts + options
        let all = try broadcast(isCoordinator ? Array(own.joined(separator: "\n").utf8) : nil)
        try agreeing {
            let text = String(decoding: all, as: UTF8.self)
            let common = text.split(separator: "\n", omittingEmptySubsequences: false)
            // The first line is rank 0's host.
            for index in 1..<max(common.count, own.count) {
                let expected = common.indices.contains(index) ? String(common[index]) : "nothing more"
                let found = own.indices.contains(index) ? own[index] : "nothing"
                if expected != found {
                    throw DifferenceError(
                        expected: expected,
                        found: found,
                        host: common.first.map(String.init)
                    )
                }
            }
        }
    }
}

extension RunInputs {
    /// A line for everything that all ranks must see alike; folders may have other names elsewhere.
    fileprivate var facts: [String] {
        var facts = ["\(pool.count) ingredients"]
        for (name, file) in zip(pool.names, pool.ingredients) {
            let sketch = file.sketch().prefix(12)
            facts.append("ingredient \(name) (\(file.byteCount) bytes, \(sketch))")
        }
        facts.append("model description \(sha256(of: model.description.text).prefix(12))")
        for dataset in datasets {
            let labels = dataset.labels.map { "\($0)" }.joined(separator: ",")
            facts.append(
                "data set of \(dataset.count) images \(dataset.channels)×\(dataset.height)×\(dataset.width) "
                    + "(labels \(sha256(of: labels).prefix(12)))"
            )
        }
        return facts.map { $0.split(separator: "\n").joined(separator: " ") }
    }
}
