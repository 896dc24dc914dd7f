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
        _ look: PoolLook?,
        _ recorder: RunRecorder,
        _ saver: RunSaver,
        _ digests: [String],
        _ shared: inout SharedFindings,
        beside known: Double
    ) throws -> RunResult {
        let rival = try look.map { try best($0, made.best?.sum, saver, &shared) }
        var soup = made
        let heldOut = try settle(&soup, recorder.history, saver)
        let test = try inputs.test.map { try evaluated($0, saver) }
        if let finding = finding(of: soup) { soup.findings.append(finding) }
        let table = OutOfFoldTable(soup, folds: settings.folds)
        soup.findings = (table?.findings ?? []) + soup.findings
        if let look, let rival, soup.alpha != worker.mean(of: [look.best]) {
            soup.findings += findings(on: heldOut, test, table, against: rival)
        }
        let parameters = worker.model
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
            look: look,
            best: rival,
            outOfFold: table,
            history: recorder.history,
            seconds: known + saver.seconds,
            bytesSent: saver.bytesSent(coordinator.bytesSent)
        )
        let result = RunResult(
            metrics: metrics,
            alpha: soup.alpha,
            ingredients: inputs.pool.names,
            groups: header.groups,
            history: recorder.history,
            options: options
        )
        try folder.write(metrics.json(pretty: true) + "\n", to: "metrics.json")
        for page in pages(result) { try folder.write(page, notice: notice) }
        try folder.commit()
        try recorder.commit()
        return result
    }

    /// Where the statistics of its batch norms are from.
    private func finding(of soup: Soup) -> RunFinding? {
        guard let meter = worker.meter, let statistics = statistics(of: soup) else { return nil }
        switch statistics {
        case .measured:
            return RunFinding(
                .note,
                "the statistics of its batch norms were measured on \(meter.images) images of "
                    + (inputs.measuring.map { inputs.datasets[$0].name } ?? "none")
            )
        case .mixed:
            let isJudged = soup.judgement != nil || soup.monitored != nil
            return RunFinding(
                .note,
                "the statistics of its batch norms are mixed as its weights are: measured ones (--statistics measured) "
                    + (isJudged ? "are no better" : "may be better, which was not tried")
            )
        }
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
            temperature: soup.temperature,
            weights: inputs.pool.weights,
            hasMeasuredStatistics: soup.isMeasured
        )
        let name = "coefficients.json"
        try folder.write(try coefficients.text(for: folder.file(name)), to: name)
        for (name, text) in inputs.model.description.texts.sorted(by: { $0.key < $1.key }) {
            try folder.write(text, to: name)
        }
        try inputs.output.write(
            { parameters + $0.lowerBound },
            copy: inputs.carried?.copy,
            open: folder.newFile
        )
    }
}
