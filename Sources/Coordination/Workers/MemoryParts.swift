import Foundation

/// What a rank's memory goes to, in bytes: everything that grows with the model or the batch.
package struct MemoryParts: Sendable, Equatable {
    /// The slice of the centre and of every ingredient of a coefficient block.
    package let slices: Int
    /// The combined model, θ.
    package let parameters: Int
    /// Gradients of the lanes in flight and waiting to be summed, and the slice of their sum.
    package let gradients: Int
    /// Activations of the lanes in flight.
    package let activations: Int
    /// Data that travels.
    package let messages: Int
    /// Decoded images that are kept.
    package let images: Int

    package var total: Int { slices + parameters + gradients + activations + messages + images }

    /// Begins the peak anew, so that one of several runs in a process is measured by itself.
    ///
    /// Where the system does not allow that, the peak stays that of the whole process.
    package static func resetPeak() {
        let file = open("/proc/self/clear_refs", O_WRONLY)
        guard file >= 0 else { return }
        _ = write(file, "5", 1)
        close(file)
    }

    /// Resident memory of this process now, in bytes; 0 where the system does not say.
    package static var resident: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// Greatest resident memory of this process so far, in bytes.
    package static var peakResident: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}
