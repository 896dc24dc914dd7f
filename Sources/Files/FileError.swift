import Diagnostics

#if canImport(Glibc)
import Glibc
#endif

/// A file that cannot be opened, read or written.
package struct FileError: InputError {
    package let path: String
    package let problem: String

    package init(_ path: String, _ problem: String) {
        self.path = path
        self.problem = problem
    }

    /// The failure that `errno` tells of: "cannot open for reading: No such file or directory".
    package init(_ path: String, cannot action: String, errno code: Int32 = errno) {
        self.init(path, "cannot \(action): \(String(cString: strerror(code)))\(Self.remedy(code))")
    }

    private static func remedy(_ code: Int32) -> String {
        guard code == EMFILE else { return "" }
        return ": ulimit -n allows \(sysconf(Int32(_SC_OPEN_MAX))), more may help"
    }

    package var description: String { "\(path): \(problem)".onOneLine }
}
