import Foundation
import Kernels
import MessagePassing

/// A line on standard error that is no error.
func warn(_ text: String) {
    FileHandle.standardError.write(Data("mehlsoup: warning: \(text)\n".utf8))
}

/// Says once where matrix products could be much faster on this processor.
func warnOfKernels(_ transport: any Transport) {
    if transport.isCoordinator, let warning = KernelSet.current.warning { warn(warning) }
}
