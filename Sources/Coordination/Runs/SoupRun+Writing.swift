import Checkpoints
import Diagnostics
import Files
import Soups
import Tensors
import Traces

extension SoupRun {
    /// Evaluates a soup, and writes it with all that is told of it.
    func finish(
        _ made: Soup,
        _ recorder: RunRecorder,
        _ saver: RunSaver,
        _ digests: [String],
        beside known: Double
    ) throws -> RunResult {
        var soup = made
        soup.findings = inputs.doubts.map { RunFinding(.warning, $0.text) } + soup.findings
        let parameters = try coordinator.mix(soup.alpha)
        try leaveIfAsked(saver)
        let heldOut = try coordinator.evaluate(0)
        try leaveIfAsked(saver)
        let test = inputs.datasets.count > 1 ? try coordinator.evaluate(1) : nil
        RunPlace.begin(.writing)
        try write(soup, parameters, digests)
        try recorder.finish(
            TraceFooter(
                alpha: soup.alpha.values,
                heldOutAccuracy: heldOut.accuracy,
                heldOutLoss: heldOut.meanLoss,
                temperature: soup.temperature
            )
        )
        let metrics = try metrics(
            soup,
            heldOut: heldOut,
            test: test,
            history: recorder.history,
            seconds: known + saver.seconds,
            bytesSent: saver.bytesSent(coordinator.bytesSent)
        )
        let result = RunResult(
            metrics: metrics,
            alpha: soup.alpha,
            ingredients: inputs.pool.ingredients.map(\.name),
            groups: header.groups,
            history: recorder.history,
            options: options
        )
        try folder.write(metrics.json(pretty: true) + "\n", to: "metrics.json")
        if let configuration { try folder.write(configuration, to: "config.yaml") }
        for page in pages(result) {
            guard folder.mayWrite(page) else {
                notice("\(folder.file(page.name)): left as it is, for it was not written by this program")
                continue
            }
            try folder.write(page.text, to: page.name)
        }
        try folder.commit()
        try recorder.commit()
        return result
    }

    private func write(_ soup: Soup, _ parameters: UnsafePointer<Float>, _ digests: [String]) throws {
        let alpha = soup.alpha
        let models = zip(inputs.pool.ingredients, digests).map {
            CoefficientsFile.Model(path: $0.path, sha256: $1)
        }
        let columns = (0..<alpha.columns).map { group in (0..<alpha.rows).map { alpha[$0, group] } }
        let coefficients = CoefficientsFile(
            models: models,
            groups: worker.groups.names,
            alpha: columns,
            tensors: settings.patterns == GroupPatterns() ? nil : worker.groups.members(of: inputs.layout),
            temperature: soup.temperature
        )
        let name = "coefficients.json"
        try folder.write(try coefficients.text(for: folder.file(name)), to: name)
        for (name, text) in inputs.model.description.texts.sorted(by: { $0.key < $1.key }) {
            try folder.write(text, to: name)
        }
        try writeModel(parameters, inputs, open: folder.newFile)
    }
}
