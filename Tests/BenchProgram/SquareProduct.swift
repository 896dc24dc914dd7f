import Kernels
import Tensors
import Threads

/// One large square product per thread: the most that OpenBLAS gives on this machine, whatever a step's shapes are.
final class SquareProduct: @unchecked Sendable {
    let side = 2048
    private let team: Team
    private var threads: Int { team.threads }
    private let matrices: [AlignedBuffer<Float>]

    init(team: Team) {
        self.team = team
        let count = side * side
        matrices = (0..<3 * team.threads).map { _ in
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
                    team.run(threads) { thread in
                        let own = matrices[(3 * thread)..<(3 * thread + 3)].map(\.base)
                        ProductLibrary.openBLAS.multiply(shape, own[0], own[1], into: own[2])
                    }
                }
            }
        )
    }
}
