extension Checkpoint {
    /// Whether two files hold the same model, as far as the ends of its tensors tell; false where one cannot be read.
    static func haveSameWeights(_ path: String, _ other: String) -> Bool {
        guard let own = try? Checkpoint(path), let its = try? Checkpoint(other),
            Set(own.tensors.keys) == Set(its.tensors.keys)
        else { return false }
        return own.tensors.values.allSatisfy { tensor in
            guard let twin = its.tensors[tensor.name], twin.type == tensor.type, twin.shape == tensor.shape
            else { return false }
            let ends = [0..<min(16, tensor.count), max(0, tensor.count - 16)..<tensor.count]
            return ends.allSatisfy { range in
                guard let bytes = own.stored(tensor, range) else { return false }
                return bytes == its.stored(twin, range)
            }
        }
    }

    private func stored(_ tensor: StoredTensor, _ range: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: range.count * tensor.type.byteCount)
        do {
            try bytes.withUnsafeMutableBytes { target in
                guard let base = target.baseAddress else { return }
                try copyStored(tensor, range, into: base)
            }
        } catch {
            return nil
        }
        return bytes
    }
}
