import Datasets
import Foundation

/// How image files are dealt with; arrays know nothing of it.
package struct ImageSettings: Sendable, Equatable {
    /// What becomes of an image that cannot be decoded.
    package enum BadImages: String, Sendable, CaseIterable {
        /// It ends the run when it is met.
        case stop
        /// All images are decoded before the run begins; those that cannot be are left out.
        case skip
    }

    package var badImages: BadImages
    /// Bytes of decoded images that a rank keeps; nil for half of what the host has to spare for it.
    package var memory: Int?
    /// Threads that decode.
    package var threads: Int

    package init(badImages: BadImages = .stop, memory: Int? = nil, threads: Int = 1) {
        self.badImages = badImages
        self.memory = memory
        self.threads = threads
    }

    /// What a rank may keep, one of `ranks` on its host.
    ///
    /// * `planned`: bytes that the rank is still going to need for other things
    package func budget(ranks: Int, planned: Int) -> Int {
        memory ?? max((SpareMemory.bytes(ranks: ranks) ?? 0) - planned, 0) / 2
    }
}
