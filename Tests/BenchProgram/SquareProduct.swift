import Kernels
import Tensors

/// One large square product per thread: the most that OpenBLAS gives on this machine, whatever a step's shapes are.
final class SquareProduct: @unchecked Sendable {
    let side = 2048
    private let threads: Int
    private let matrices: [AlignedBuffer<Float>]

    init(threads: Int) {
        self.threads = threads
        let count = side * side
        matrices = (0..<3 * threads).map { _ in
            let matrix = AlignedBuffer<Float>(count: count)
            for index in 0..<count { matrix.base[index] = Float(index % 17) / 17 - 0.5 }
            return matrix
        }
    }

    private var shape: MatrixProduct { MatrixProduct(rows: side, columns: side, inner: side) }

    /// Floating-point operations on all threads together.
    var operations: Double { Double(threads * shape.operations) }

    /// Median seconds.
    func time(_ repeats: Int) -> Double {
        median(
            (0..<repeats).map { _ in
                seconds {
                    concurrently(threads: threads, items: threads) { [self] thread in
                        let own = matrices[(3 * thread)..<(3 * thread + 3)].map(\.base)
                        multiply(shape, own[0], own[1], into: own[2])
                    }
                }
            }
        )
    }
}
