#if canImport(Glibc)
import Glibc
#endif

extension RandomStream {
    /// A standard normal number (Box and Muller's cosine branch).
    package mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * Double.pi * uniform())
    }

    /// A normal number of mean 0 and the given standard deviation, drawn again while beyond two deviations.
    package mutating func truncatedNormal(deviation: Double) -> Double {
        while true {
            let value = normal()
            if abs(value) <= 2 { return value * deviation }
        }
    }
}
