/// Is it better than the best ingredient? What was written beside what it was chosen from, the first thing on the page.
struct CandidatesView {
    let candidates: [CandidateRow]
    let folds: Int

    var html: Markup {
        """
        <section id="choice" aria-labelledby="choice-heading">
        <h2 id="choice-heading">Is it better than the best ingredient?</h2>
        \(picture)
        \(table.html)
        </section>
        """
    }

    private var picture: Markup {
        let systems = candidates.map {
            SystemRow(name: $0.name, label: $0.label, heldOut: $0.score, isBest: $0.isWritten)
        }
        let plot = DotPlot(
            systems: systems,
            reference: systems.first,
            id: "candidate-accuracies",
            title: "Accuracy out of fold",
            bestMark: "★ written"
        )
        return Figure(
            title: "Accuracy out of fold",
            note:
                "On held-out images that a soup had no part in, \(Numbers.count(folds)) folds, with 95% intervals. The table has "
                + "what it gains over the best ingredient on the same images, which tells more.",
            picture: plot.html,
            legend: plot.legend
        ).html
    }

    private var table: DataTable {
        DataTable(
            caption:
                "Each on \(Numbers.count(candidates.first?.score.samples ?? 0)) held-out samples that it had no part in",
            columns: ["Soup", "Accuracy", "Loss at its best temperature", "Points over the best ingredient"],
            rows: candidates.map { candidate in
                DataTable.Row(
                    header: "\(candidate.name)\(candidate.isWritten ? " ★ written" : "")",
                    cells: [accuracy(candidate), loss(candidate), gain(candidate)],
                    style: candidate.isWritten ? "best" : ""
                )
            }
        )
    }

    private func attributes(_ candidate: CandidateRow, _ field: String, _ value: Double) -> Markup {
        " data-system=\"\(candidate.name)\" data-field=\"\(field)\" data-value=\"\(value)\""
    }

    private func accuracy(_ candidate: CandidateRow) -> DataTable.Cell {
        let accuracy = candidate.score.accuracy
        return DataTable.Cell(
            "\(Numbers.percent(accuracy))",
            attributes: attributes(candidate, "out_of_fold_accuracy", accuracy)
        )
    }

    private func loss(_ candidate: CandidateRow) -> DataTable.Cell {
        guard let loss = candidate.score.loss else { return DataTable.Cell("–") }
        return DataTable.Cell(
            "\(Numbers.short(loss))",
            attributes: attributes(candidate, "out_of_fold_loss", loss)
        )
    }

    private func gain(_ candidate: CandidateRow) -> DataTable.Cell {
        guard let gain = candidate.gain, let interval = candidate.gainInterval else {
            return DataTable.Cell("–")
        }
        let (low, high) = (
            Numbers.signed(100 * interval.lowerBound, digits: 2),
            Numbers.signed(100 * interval.upperBound, digits: 2)
        )
        return DataTable.Cell(
            "<span>\(Numbers.signed(100 * gain, digits: 2))</span><small>\(low) to \(high)</small>",
            attributes: attributes(candidate, "out_of_fold_gain", gain)
        )
    }
}
