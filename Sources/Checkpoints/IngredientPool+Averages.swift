import Diagnostics

extension IngredientPool {
    /// Which weights are read where training checkpoints hold raw and averaged ones, and nobody said which.
    var averageDoubts: [Doubt] {
        guard weights == nil else { return [] }
        let averaged = ingredients.indices.filter { ingredients[$0].listing.kind == .averaged }
        let both = averaged.filter { ingredients[$0].listing.unread.contains { $0.kind == .raw } }
        var doubts: [Doubt] = []
        if let first = both.first {
            let listing = ingredients[first].listing
            let raw = listing.unread.first { $0.kind == .raw }?.name ?? ""
            let place = listing.wrapper.map { $0 == raw ? "" : " under \"\($0)\"" } ?? ""
            doubts.append(
                Doubt(
                    .warning,
                    "\(list(both)): averaged weights\(place) are read, as timm does, and not the raw ones under "
                        + "\"\(raw)\" (--weights raw reads those)"
                )
            )
        }
        if !averaged.isEmpty, averaged.count < count {
            let others = ingredients.indices.filter { !averaged.contains($0) }
            doubts.append(
                Doubt(
                    .warning,
                    "\(list(others)): no averaged weights there, raw ones are mixed with the averaged ones of \(list(averaged)): "
                        + "--weights raw takes raw ones of all that have them"
                )
            )
        }
        let nameless = ingredients.indices.filter { index in
            ingredients[index].listing.unread.contains { !$0.hasNames }
        }
        if let first = nameless.first,
            let entry = ingredients[first].listing.unread.first(where: { !$0.hasNames })
        {
            doubts.append(
                Doubt(
                    .warning,
                    "\(list(nameless)): the averaged weights under \"\(entry.name)\" have no names and cannot be read; "
                        + "\(ingredients[first].listing.kind?.rawValue ?? "raw") ones are"
                )
            )
        }
        return doubts
    }

    private func list(_ indexes: [Int]) -> String { indexes.map { names[$0] }.abridgedList }
}
