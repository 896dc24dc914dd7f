/// A run that failed through no fault of its input: says what happened and what to do.
///
/// Exit status 1.
package struct RunError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A failed run that every rank knows of: each ends by itself, and the coordinator says why.
package struct AgreedRunError: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A run that was asked to stop and did: all ranks end alike, and the coordinator says so.
///
/// Exit status 3.
package struct StoppedRun: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
