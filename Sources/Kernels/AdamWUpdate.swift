import CKernels
import Foundation
import Threads

/// The constants of AdamW (Loshchilov and Hutter, ICLR 2019) as PyTorch names them.
package struct AdamWSettings: Sendable {
    package var weightDecay: Float
    package var beta1: Float = 0.9
    package var beta2: Float = 0.999
    package var epsilon: Float = 1e-8

    package init(weightDecay: Float) {
        self.weightDecay = weightDecay
    }
}

/// One AdamW step on float32 parameters, in place.
///
/// * `step`: 1 for the first
/// * `scale`: what the gradient is multiplied by first (clipping)
/// * `first`, `second`: the moments, 0 before the first step
package func adamWUpdate(
    on team: Team,
    count: Int,
    settings: AdamWSettings,
    step: Int,
    learningRate: Float,
    scale: Float,
    gradient: UnsafePointer<Float>,
    parameters: UnsafeMutablePointer<Float>,
    first: UnsafeMutablePointer<Float>,
    second: UnsafeMutablePointer<Float>
) {
    func correction(_ beta: Float) -> Float { Float(1 - pow(Double(beta), Double(step))) }
    let (correction1, correction2) = (correction(settings.beta1), correction(settings.beta2))
    team.elements(count) { tile in
        let start = tile.lowerBound
        ck_adamw(
            tile.count,
            learningRate,
            settings.beta1,
            settings.beta2,
            settings.epsilon,
            settings.weightDecay,
            correction1,
            correction2,
            scale,
            gradient + start,
            parameters + start,
            first + start,
            second + start
        )
    }
}
