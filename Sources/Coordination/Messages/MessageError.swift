/// A message from another rank that is not what was agreed: never a crash, never a wrong number.
package struct MessageError: Error, CustomStringConvertible {
    package let description: String

    package init(_ problem: String) {
        description = "a message between ranks is damaged: \(problem) (do all ranks run the same version?)"
    }
}

/// The version of `proto/coordination.proto` that all ranks must speak.
let messageVersion: UInt32 = 6
