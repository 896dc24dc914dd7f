import Files

/// Samples that two data sets have in common.
extension Dataset {
    /// How many samples of this data set are also in `other`: the same image, byte for byte as it is stored, whatever its
    /// label.
    ///
    /// Nil where they are stored in different forms: pixels and encoded files, or pixels of different sizes. Little is kept:
    /// a number for every sample, and a digest for those that could be the same.
    ///
    /// - Throws: `FileError` where a file was cut since it was opened or cannot be read.
    package func countShared(with other: Dataset) throws -> Int? {
        guard form == other.form else { return nil }
        defer { for dataset in [self, other] { dataset.releasePages() } }
        var (own, others) = (Array(labels.indices), Array(other.labels.indices))
        /// Leaves the samples of either side whose key some sample of the other side has.
        func narrow<Key: Hashable>(by key: (Dataset, Int) throws -> Key) throws {
            guard !own.isEmpty, !others.isEmpty else { return }
            let keys = (try own.map { try key(self, $0) }, try others.map { try key(other, $0) })
            let common = Set(keys.0).intersection(keys.1)
            own = zip(own, keys.0).filter { common.contains($1) }.map(\.0)
            others = zip(others, keys.1).filter { common.contains($1) }.map(\.0)
        }
        // The cheapest first, so that few samples are read as a whole.
        try narrow { dataset, sample in try dataset.storedCount(sample) }
        try narrow { dataset, sample in try dataset.middle(sample) }
        try narrow { dataset, sample in try dataset.digest(sample: sample) }
        return others.isEmpty ? 0 : own.count
    }

    /// Images of one form are the same image exactly where their bytes are the same.
    private var form: String {
        switch content {
        case .array(let images, _): "\(images.number.rawValue) \(channels)×\(height)×\(width)"
        case .files(let store, _): store.files.commonSize == nil ? "encoded" : "planes"
        }
    }

    private func storedCount(_ sample: Int) throws -> Int {
        switch content {
        case .array(let images, _): imageLength * images.number.byteCount
        case .files(let store, let places): try store.files.byteCount(places[sample])
        }
    }

    /// Some bytes of the middle of a sample, which differ between most images.
    private func middle(_ sample: Int) throws -> [UInt8] {
        let count = try storedCount(sample)
        let start = max(count / 2 - 32, 0)
        let range = start..<min(start + 64, count)
        switch content {
        case .array(let images, let first):
            let offset = (first + sample) * count
            return Array(images.storage.bytes[offset + range.lowerBound..<offset + range.upperBound])
        case .files(let store, let places):
            return try store.files.bytes(range, of: places[sample])
        }
    }

    private func digest(sample: Int) throws -> String {
        var digest = RunningDigest()
        switch content {
        case .array(let images, let first):
            try images.storage.checkUnchanged()
            let count = imageLength * images.number.byteCount
            let start = (first + sample) * count
            digest.update(UnsafeRawBufferPointer(rebasing: images.storage.bytes[start..<start + count]))
        case .files(let store, let places):
            try store.files.withBytes(places[sample]) { digest.update($0) }
        }
        return digest.text
    }

    private func releasePages() {
        if case .array(let images, _) = content { images.storage.releasePages() }
    }
}
