import Files

/// Identities of files that do not exist.
package enum FileIdentities {
    package static let some = make(1)

    package static func make(_ inode: UInt64) -> FileIdentity {
        FileIdentity(size: 1000, inode: inode, modified: 5, changed: 6)
    }
}
