#if canImport(Glibc)
import Glibc
#endif

/// Linear warm-up, then half a cosine down to zero, or a constant rate.
///
/// With T steps and W of them for warm-up, step t = 0, 1, … has the rate
///
///     peak · (t + 1)/W                              for t < W
///     peak · ½(1 + cos(π·(t − W)/(T − W)))          after that
package struct LearningRateSchedule: Sendable, Equatable {
    /// What follows the warm-up.
    package enum Shape: String, Sendable, Codable, CaseIterable {
        case cosine
        case constant
    }

    package let peak: Double
    package let steps: Int
    package let shape: Shape
    /// W: the given share of the steps, rounded; at least one if the share is above zero.
    package let warmupSteps: Int

    /// `warmup` is a share of the steps, 0 to 1.
    package init(peak: Double, steps: Int, warmup: Double, shape: Shape = .cosine) {
        precondition(steps > 0 && warmup >= 0 && warmup <= 1)
        self.peak = peak
        self.steps = steps
        self.shape = shape
        let rounded = Int(exactly: (warmup * Double(steps)).rounded()) ?? steps
        warmupSteps = warmup > 0 ? min(max(rounded, 1), steps) : 0
    }

    package func rate(at step: Int) -> Double {
        if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps) }
        guard shape == .cosine else { return peak }
        let progress = Double(step - warmupSteps) / Double(max(steps - warmupSteps, 1))
        return peak * 0.5 * (1 + cos(Double.pi * min(progress, 1)))
    }
}
