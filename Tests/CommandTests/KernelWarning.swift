extension String {
    /// What a program wrote on standard error, but for its warning of slow kernels: that is the processor's and the
    /// environment's affair (OPENBLAS_CORETYPE), and comes with whatever else a test is about.
    var withoutKernelWarning: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("mehlsoup: warning: OpenBLAS uses its ") }
            .joined(separator: "\n")
    }
}

extension String {
    /// The same, but for what a run that has begun tells of its ingredients and of what it will take.
    var withoutLook: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                !["ingredients by themselves", "  ", "will take ", "will need "].contains {
                    line.hasPrefix($0)
                }
            }
            .joined(separator: "\n")
    }
}
