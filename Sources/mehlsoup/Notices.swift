import Coordination
import Diagnostics
import Foundation
import Kernels
import Runs

/// A line on standard error that is no error.
func warn(_ text: String) {
    FileHandle.standardError.write(Data("mehlsoup: warning: \(text)\n".utf8))
}

/// Says where matrix products could be much faster on this processor.
///
/// The coordinator calls it once it is sure of its input: of wrong input one line tells, and nothing else.
func warnOfKernels() {
    if let warning = KernelSet.current.warning { warn(warning) }
}

/// The same, and where the ranks' kernels differ.
func warnOfKernels(_ inputs: RunInputs) {
    warnOfKernels()
    if let difference = inputs.kernelDifference { warn(difference) }
}

/// Says what looks wrong about the input, and which images are left out.
func warn(of doubts: [Doubt], _ inputs: RunInputs) {
    for doubt in doubts { warn(doubt.text) }
    for line in inputs.badImageLines { warn(line) }
}

/// Says on standard error what is being done.
func progress(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}
