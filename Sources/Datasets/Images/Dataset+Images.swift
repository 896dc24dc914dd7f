/// What is particular to image files: they take long to decode.
extension Dataset {
    /// An image that cannot be used, and why.
    package struct BadImage: Sendable, Equatable, Codable {
        /// Among the stored ones.
        package let place: Int
        package let problem: String
    }

    /// Whether images are decoded when they are needed; false for arrays.
    package var isDecoded: Bool {
        if case .files = content { true } else { false }
    }

    /// Bytes of one image once it is decoded; 0 for arrays, which are not.
    package var decodedBytes: Int {
        if case .files(let store, _) = content { store.imageBytes } else { 0 }
    }

    /// Has `threads` threads decode these samples in the background, in this order, and holds them until the next call.
    ///
    /// For one thread, while nobody reads. Does nothing for arrays.
    package func prepare(_ samples: some Sequence<Int>, threads: Int) {
        guard case .files(let store, let places) = content else { return }
        store.prepare(samples.map { places[$0] }, threads: threads)
    }

    /// Copies the decoded bytes of a sample: rows, pixels, channels.
    ///
    /// - Throws: as `read` does.
    package func copyBytes(_ sample: Int, to target: UnsafeMutablePointer<UInt8>) throws {
        guard case .files(let store, let places) = content else {
            preconditionFailure("arrays are not decoded")
        }
        try store.withBytes(places[sample]) { target.update(from: $0, count: store.imageBytes) }
    }

    /// Takes the bytes of samples that others have decoded: until the next call they are read from there.
    ///
    /// For one thread, while nobody reads.
    package func visit(_ samples: [Int: UnsafePointer<UInt8>]) {
        guard case .files(let store, let places) = content else { return }
        store.visit(Dictionary(uniqueKeysWithValues: samples.map { (places[$0.key], $0.value) }))
    }

    /// What is wrong with a sample; nil where it can be decoded.
    ///
    /// Keeps what it decodes where there is room.
    package func problem(_ sample: Int) -> BadImage? {
        guard case .files(let store, let places) = content else { return nil }
        do {
            try store.withBytes(places[sample]) { _ in }
            return nil
        } catch {
            return BadImage(place: places[sample], problem: "\(error)")
        }
    }

    /// The same data set without some of its images.
    ///
    /// - Throws: `DatasetError` where nothing is left.
    package func leavingOut(_ bad: [BadImage]) throws(DatasetError) -> Dataset {
        guard case .files(let store, let places) = content, !bad.isEmpty else { return self }
        let out = Set(bad.map(\.place))
        let left = places.indices.filter { !out.contains(places[$0]) }
        guard !left.isEmpty else {
            throw DatasetError(name, expected: "at least one image that can be decoded", found: "none")
        }
        return Dataset(
            name: name,
            labels: left.map { labels[$0] },
            isLabelled: isLabelled,
            origins: origins,
            shape: (channels, height, width),
            content: .files(store, places: left.map { places[$0] }),
            doubts: openingDoubts
        )
    }
}
