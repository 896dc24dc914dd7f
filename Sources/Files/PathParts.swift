/// The folder part of a path, as "a/b" of "a/b/c"; "" where the path names no folder.
///
/// Foundation's own way traps on a relative path of one character (Swift 6.3).
package func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The last part of a path, as "c" of "a/b/c".
package func name(of path: String) -> String {
    String(path.split(separator: "/").last ?? "")
}
