import Kernels
import Testing

/// Tokens, positions and rows: backward against finite differences of forward, in double.
@Suite struct TokenGradientTests {
    /// Rows of a prefix, and whether it has positions.
    typealias Part = (rows: Int, hasPositions: Bool)

    @Test(arguments: [[], [(1, true)], [(1, true), (2, false)], [(2, false)]] as [[Part]])
    func tokens(parts: [Part]) {
        let (batch, patchCount, channels) = (2, 3, 4)
        let prefixRows = parts.map(\.rows).reduce(0, +)
        let tokens = patchCount + prefixRows
        let places = patchCount + parts.filter(\.hasPositions).map(\.rows).reduce(0, +)
        func prefix<Place: Strideable>(_ start: Place) -> [PrefixTokens<Place>] where Place.Stride == Int {
            var row = 0
            return parts.map { part in
                defer { row += part.rows }
                return PrefixTokens(
                    values: start.advanced(by: row * channels),
                    rows: part.rows,
                    hasPositions: part.hasPositions
                )
            }
        }
        func forward(_ patches: [Double], _ own: [Double], _ positions: [Double]) -> [Double] {
            var output = [Double](repeating: .nan, count: batch * tokens * channels)
            own.withUnsafeBufferPointer { own in
                embedTokensForward(
                    on: .alone,
                    batch: batch,
                    patchCount: patchCount,
                    channels: channels,
                    patches: patches,
                    prefix: own.baseAddress.map(prefix) ?? [],
                    positions: positions,
                    output: &output
                )
            }
            return output
        }
        let patches = normals(batch * patchCount * channels, seed: 1)
        let own = normals(max(prefixRows, 1) * channels, seed: 2)
        let positions = normals(places * channels, seed: 3)
        let r = normals(batch * tokens * channels, seed: 4)
        // A token without positions is what it is; a patch has the last of the positions.
        let output = forward(patches, own, positions)
        if let last = parts.last, !last.hasPositions {
            let row = (prefixRows - 1) * channels
            #expect(output[row] == own[row])
        }
        let lastPatch = patches[2 * channels] + positions[(places - 1) * channels]
        #expect(output[(tokens - 1) * channels] == lastPatch)
        var dPatches = [Double](repeating: .nan, count: patches.count)
        var dOwn = [Double](repeating: 1, count: own.count)
        var dPositions = [Double](repeating: 1, count: positions.count)
        dOwn.withUnsafeMutableBufferPointer { dOwn in
            embedTokensBackward(
                on: .alone,
                batch: batch,
                patchCount: patchCount,
                channels: channels,
                dOutput: r,
                dPatches: &dPatches,
                dPrefix: dOwn.baseAddress.map(prefix) ?? [],
                dPositions: &dPositions,
                addParameters: true
            )
        }
        expectGradient(dPatches, of: { weighted(forward($0, own, positions), r) }, at: patches, "dPatches")
        let ownGradient = dOwn.map { $0 - 1 }
        expectGradient(ownGradient, of: { weighted(forward(patches, $0, positions), r) }, at: own, "dPrefix")
        expectGradient(
            dPositions.map { $0 - 1 },
            of: { weighted(forward(patches, own, $0), r) },
            at: positions,
            "dPositions"
        )
    }

    @Test(arguments: [0..<1, 1..<5, 0..<5], [false, true])
    func tokenMean(range: Range<Int>, adding: Bool) {
        let (batch, tokens, channels) = (2, 5, 3)
        let x = normals(batch * tokens * channels, seed: 1)
        let r = normals(batch * channels, seed: 2)
        func forward(_ x: [Double]) -> [Double] {
            var y = [Double](repeating: 0, count: batch * channels)
            meanTokensForward(
                on: .alone,
                batch: batch,
                tokens: tokens,
                range: range,
                channels: channels,
                input: x,
                output: &y
            )
            return y
        }
        var dx = [Double](repeating: adding ? 3 : .nan, count: x.count)
        meanTokensBackward(
            on: .alone,
            batch: batch,
            tokens: tokens,
            range: range,
            channels: channels,
            dOutput: r,
            dInput: &dx,
            addInput: adding
        )
        if adding { dx = dx.map { $0 - 3 } }
        expectGradient(dx, of: { weighted(forward($0), r) }, at: x, "dInput")
    }

    @Test(
        arguments: [PositionResampling.Method.bicubic, .bicubicAlignedCorners, .antialiasedBicubic],
        [false, true]
    )
    func positionResampling(method: PositionResampling.Method, adding: Bool) {
        let resampling = PositionResampling(
            from: PositionResampling.Grid(rows: 4, columns: 3),
            to: PositionResampling.Grid(rows: 2, columns: 5),
            method
        )
        let channels = 2
        func forward(_ x: [Double]) -> [Double] {
            var y = [Double](repeating: .nan, count: 10 * channels)
            resamplePositionsForward(resampling, channels: channels, input: x, output: &y)
            return y
        }
        let (x, r) = (normals(12 * channels, seed: 1), normals(10 * channels, seed: 2))
        // Weights sum to one: a constant stays what it is.
        #expect(forward(x.map { _ in 5 }).allSatisfy { abs($0 - 5) < 1e-12 })
        var dx = [Double](repeating: adding ? -2 : .nan, count: x.count)
        resamplePositionsBackward(resampling, channels: channels, dOutput: r, dInput: &dx, addInput: adding)
        if adding { dx = dx.map { $0 + 2 } }
        expectGradient(dx, of: { weighted(forward($0), r) }, at: x, "dInput")
    }

    @Test func unitRows() {
        let (rows, channels) = (3, 4)
        var norms = [Double](repeating: .nan, count: rows)
        func forward(_ x: [Double]) -> [Double] {
            var y = [Double](repeating: .nan, count: x.count)
            unitRowsForward(
                on: .alone,
                rows: rows,
                channels: channels,
                input: x,
                output: &y,
                inverseNorms: &norms
            )
            return y
        }
        let (x, r) = (normals(12, seed: 1), normals(12, seed: 2))
        let y = forward(x)
        let squaredLength: Double = y[4...7].map { $0 * $0 }.reduce(0, +)
        #expect(abs(squaredLength - 1) < 1e-12)
        var dx = [Double](repeating: .nan, count: 12)
        unitRowsBackward(
            on: .alone,
            rows: rows,
            channels: channels,
            output: y,
            inverseNorms: norms,
            dOutput: r,
            dInput: &dx
        )
        expectGradient(dx, of: { weighted(forward($0), r) }, at: x, "dInput")
    }
}
