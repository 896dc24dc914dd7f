import Kernels
import Tensors
import Threads

/// Bytes a second of the kernels that combine and project ingredients, beside those of a plain copy.
final class MemoryBandwidth: @unchecked Sendable {
    private let team: Team
    private var threads: Int { team.threads }
    /// Far more than caches hold, in chunks as the parameter layout cuts them.
    private let count = 1 << 24
    private let differences: [AlignedBuffer<Float>]
    private let sum: AlignedBuffer<Float>

    init(team: Team) {
        self.team = team
        let count = count
        differences = (0..<8).map { index in
            let buffer = AlignedBuffer<Float>(count: count)
            buffer.elements.update(repeating: Float(index) / 8)
            return buffer
        }
        sum = AlignedBuffer(count: count)
        sum.elements.update(repeating: 1)
    }

    func measure(repeats: Int) -> [(name: String, value: String)] {
        let vector = Double(sum.byteCount)
        let streams = Double(differences.count)
        let copied = time(repeats) { [self] range in
            copy(
                on: .alone,
                count: range.count,
                differences[0].base + range.lowerBound,
                into: sum.base + range.lowerBound
            )
        }
        let mixed = time(repeats) { [self] range in
            for difference in differences {
                let source = difference.base + range.lowerBound
                mix(count: range.count, 1e-3, source, stored: .f32, into: sum.base + range.lowerBound)
            }
        }
        let dotted = time(repeats) { [self] range in
            for difference in differences {
                let source = difference.base + range.lowerBound
                _ = dot(count: range.count, sum.base + range.lowerBound, source, stored: .f32)
            }
        }
        func rate(_ streams: Double, _ time: Double) -> String {
            "\(format(streams * vector / time / 1e9, 1)) GB/s"
        }
        return [
            ("copy, read and written", rate(2, copied)),
            ("combine 8 differences", rate(streams + 2, mixed)),
            ("project on 8 differences", rate(streams + 1, dotted)),
        ]
    }

    /// Median seconds of `body` over every chunk.
    private func time(_ repeats: Int, _ body: (Range<Int>) -> Void) -> Double {
        let length = ParameterLayout.chunkLength
        let part = count / team.threads
        return median(
            (0..<repeats).map { _ in
                seconds {
                    team.run(threads) { thread in
                        let end = (thread + 1) * part
                        for start in stride(from: thread * part, to: end, by: length) {
                            body(start..<min(start + length, end))
                        }
                    }
                }
            }
        )
    }
}
