import Diagnostics

/// A mean of statistics is not the statistics of a mean.
package enum StatisticsDoubt {
    /// * `names`: of tensors that are statistics of batch norms
    package static func of(_ names: [String]) -> Doubt? {
        guard let first = names.first else { return nil }
        let more = names.count > 1 ? " and \(names.count - 1) more" : ""
        return Doubt(
            .warning,
            "\(first.onOneLine.abridged)\(more): statistics of batch normalisation, mixed like weights; where the ingredients lie "
                + "far apart a soup does better with statistics that are measured on images (learn and compare: --statistics "
                + "measured; mix: --graph and --data; in PyTorch: torch.optim.swa_utils.update_bn)"
        )
    }
}
