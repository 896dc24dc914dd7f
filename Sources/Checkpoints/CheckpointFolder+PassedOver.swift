import Files

/// What of a folder is no ingredient.
extension CheckpointFolder {
    /// PyTorch files whose models are there as safetensors too, but with other numbers.
    func twins(in pool: String) -> [PassedOver] {
        plainFiles.compactMap { name in
            better(than: name).flatMap { beside(name, $0, in: pool) }
        }
    }

    /// Other models in the folder of one, which its library reads as `model`.
    func aside(of model: String, in pool: String) -> [PassedOver] {
        let indexes = names.filter { FolderNames.isIndex($0) && $0 != model }
        let shards = Set((indexes + [model]).flatMap { Shards.names(ofIndex: "\(path)/\($0)") })
        let others = indexes.union(plainFiles).subtracting(shards).subtracting([model])
        return others.compactMap { beside($0, model, in: pool) }
    }

    private func beside(_ other: String, _ model: String, in pool: String) -> PassedOver? {
        guard !Checkpoint.haveSameWeights("\(path)/\(other)", "\(path)/\(model)") else { return nil }
        return PassedOver(
            reason: .aside,
            folder: pool,
            name: prefix(in: pool) + other,
            detail: "\(model) is read"
        )
    }

    func states(in pool: String) -> [PassedOver] {
        let states = names.filter { name in
            FolderNames.isState(name)
                || FolderNames.isCheckpoint(name) && FolderNames.mayBeState(name)
                    && !plainFiles.contains(name) && !Self.isFolder("\(path)/\(name)")
        }
        return states.map { PassedOver(reason: .state, folder: pool, name: prefix(in: pool) + $0) }
    }

    /// Files of other kinds of weights, and of none that the name tells.
    var strangers: [PassedOver] {
        names.compactMap { name in
            if let whose = FolderNames.foreign(name) {
                return PassedOver(reason: .foreign, folder: path, name: name, detail: whose)
            }
            return FolderNames.isUnusual(name) && !Self.isFolder("\(path)/\(name)")
                ? PassedOver(reason: .unusual, folder: path, name: name) : nil
        }
    }

    var foldersBesideFiles: [PassedOver] {
        folders.compactMap { name in
            guard let inner = try? CheckpointFolder("\(path)/\(name)"),
                !inner.files.isEmpty || inner.single != nil
            else { return nil }
            return PassedOver(reason: .folder, folder: path, name: name)
        }
    }

    /// Why this folder, one of a pool's, holds no ingredient; nil where it seems to be no run.
    func whyNone(in pool: String) -> PassedOver? {
        let name = Files.name(of: path)
        let deeper = folders.compactMap { inner in
            (try? CheckpointFolder("\(path)/\(inner)"))?.checkpointWithin(last: true).map {
                $0.isEmpty ? inner : "\(inner)/\($0)"
            }
        }
        if !deeper.isEmpty {
            let some = deeper.count > 4 ? ["…"] + deeper.suffix(4) : deeper
            return PassedOver(reason: .deeper, folder: pool, name: name, detail: some.joined(separator: ", "))
        }
        let foreign = names.sorted().compactMap { name in FolderNames.foreign(name).map { "\($0) \(name)" } }
        if let one = foreign.first {
            return PassedOver(reason: .foreign, folder: pool, name: name, detail: one)
        }
        return names.contains("config.json") ? PassedOver(reason: .noWeights, folder: pool, name: name) : nil
    }

    /// A folder of this one, and the first and the last checkpoint below it: "a", "checkpoint-500", "checkpoint-1000".
    var deeper: (run: String, first: String, last: String)? {
        for name in folders {
            guard let inner = try? CheckpointFolder("\(path)/\(name)"), inner.single == nil,
                let first = inner.checkpointWithin(last: false), let last = inner.checkpointWithin(last: true)
            else { continue }
            return (name, first, last)
        }
        return nil
    }

    /// The first or the last checkpoint in this folder or below, as a path from here; "" for this folder itself.
    private func checkpointWithin(last: Bool, depth: Int = 3) -> String? {
        if single != nil { return "" }
        if let file = last
            ? files.max(by: PathPatterns.naturallyPrecedes) : files.min(by: PathPatterns.naturallyPrecedes)
        {
            return file
        }
        guard depth > 0 else { return nil }
        for name in last ? folders.reversed() : folders {
            guard let inner = try? CheckpointFolder("\(path)/\(name)"),
                let deeper = inner.checkpointWithin(last: last, depth: depth - 1)
            else { continue }
            return deeper.isEmpty ? name : "\(name)/\(deeper)"
        }
        return nil
    }

    /// This folder's path from a pool's, with a slash at its end; "" for the pool's itself.
    private func prefix(in pool: String) -> String {
        path == pool ? "" : String(path.dropFirst(pool.count + 1)) + "/"
    }
}
