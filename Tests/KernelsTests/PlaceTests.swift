import Testing
import Threads

@testable import Kernels

/// Windows over images, and rows chosen by number, against plain loops.
@Suite struct PlaceTests {
    private static let windows = PoolingWindows(
        height: 5,
        width: 6,
        rows: [0..<2, 1..<4, 3..<5],
        columns: [0..<3, 2..<6],
        rowFactors: [0.5, 0.25, 1],
        columnFactors: [0.1, 2]
    )

    /// Every element of the output with those that it is of.
    private static func terms(_ channels: Int, _ images: Int) -> [(factor: Double, inputs: [Int])] {
        (0..<images).flatMap { image in
            windows.rows.enumerated().flatMap { row, vertical in
                windows.columns.enumerated().flatMap { column, horizontal in
                    (0..<channels).map { channel in
                        let inputs = vertical.flatMap { y in
                            horizontal.map { ((image * 5 + y) * 6 + $0) * channels + channel }
                        }
                        return (windows.rowFactors[row] * windows.columnFactors[column], inputs)
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 70], [false, true]) func pooling(channels: Int, adding: Bool) {
        let images = 2
        let terms = Self.terms(channels, images)
        let input = normals(images * 30 * channels, seed: 1)
        let dOutput = normals(terms.count, seed: 2)
        let team = Team(threads: 3)
        let start: Double = adding ? 4 : 0
        var (greatest, sums) = ([Double](repeating: .nan, count: terms.count), [Double]())
        sums = greatest
        maxPoolForward(
            on: team,
            Self.windows,
            images: images,
            channels: channels,
            input: input,
            output: &greatest
        )
        averagePoolForward(
            on: team,
            Self.windows,
            images: images,
            channels: channels,
            input: input,
            output: &sums
        )
        var toGreatest = [Double](repeating: start, count: input.count)
        var toAll = toGreatest
        for (index, term) in terms.enumerated() {
            let values = term.inputs.map { input[$0] }
            #expect(greatest[index] == values.max())
            #expect(abs(sums[index] - term.factor * values.reduce(0, +)) <= 1e-13)
            for place in term.inputs {
                toAll[place] += term.factor * dOutput[index]
                if input[place] == greatest[index] { toGreatest[place] += dOutput[index] }
            }
        }
        var found = [Double](repeating: adding ? 4 : .nan, count: input.count)
        maxPoolBackward(
            on: team,
            Self.windows,
            images: images,
            channels: channels,
            input: input,
            output: greatest,
            dOutput: dOutput,
            dInput: &found,
            adding: adding
        )
        #expect(zip(found, toGreatest).allSatisfy { abs($0 - $1) <= 1e-13 })
        found = [Double](repeating: adding ? 4 : .nan, count: input.count)
        averagePoolBackward(
            on: team,
            Self.windows,
            images: images,
            channels: channels,
            dOutput: dOutput,
            dInput: &found,
            adding: adding
        )
        #expect(zip(found, toAll).allSatisfy { abs($0 - $1) <= 1e-13 })
    }

    /// Of equals the first gets the gradient.
    @Test func ofEqualsTheFirstIsTheGreatest() {
        let windows = PoolingWindows(height: 1, width: 3, rows: [0..<1], columns: [0..<3])
        let input: [Double] = [1, 5, 5]
        var output: [Double] = [.nan]
        maxPoolForward(on: .alone, windows, images: 1, channels: 1, input: input, output: &output)
        var dInput = [Double](repeating: .nan, count: 3)
        maxPoolBackward(
            on: .alone,
            windows,
            images: 1,
            channels: 1,
            input: input,
            output: output,
            dOutput: [7],
            dInput: &dInput,
            adding: false
        )
        #expect(dInput == [0, 7, 0])
    }

    @Test(arguments: [[2, 0, 2, -1, 1, 2], [-1], [4, 3, 2, 1, 0]], [false, true])
    func rowsByNumber(places: [Int], adding: Bool) {
        let (outer, source, width) = (3, 5, 2)
        let gather = Gather(places, of: source)
        let input = normals(outer * source * width, seed: 1)
        let dOutput = normals(outer * places.count * width, seed: 2)
        var output = [Double](repeating: .nan, count: dOutput.count)
        let team = Team(threads: 2)
        gatherForward(on: team, gather, outer: outer, width: width, input: input, output: &output)
        var expected = [Double](repeating: adding ? 4 : 0, count: input.count)
        for block in 0..<outer {
            for (row, place) in places.enumerated() {
                for column in 0..<width {
                    let own = (block * places.count + row) * width + column
                    let theirs = (block * source + place) * width + column
                    #expect(output[own] == (place < 0 ? 0 : input[theirs]))
                    if place >= 0 { expected[theirs] += dOutput[own] }
                }
            }
        }
        var found = [Double](repeating: adding ? 4 : .nan, count: input.count)
        gatherBackward(
            on: team,
            gather,
            outer: outer,
            width: width,
            dOutput: dOutput,
            dInput: &found,
            adding: adding
        )
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-13 })
    }

    /// Shapes that need no copy, and those that do.
    @Test func viewsOfOrders() {
        let whole = Rearrangement([2, 3, 4])
        #expect(whole.reshaped([6, 4])?.isStored(in: [0, 1]) == true)
        let pixels = whole.permuted([2, 0, 1])
        #expect(pixels.storedOrder == [1, 2, 0])
        #expect(pixels.isStored(in: [1, 2, 0]) && !pixels.isStored(in: [0, 1, 2]))
        #expect(pixels.reshaped([4, 6])?.isStored(in: [1, 0]) == true)
        #expect(pixels.reshaped([24]) == nil && pixels.reshaped([8, 3]) == nil)
        #expect(pixels.reshaped([1, 2, 2, 6, 1])?.storedOrder.filter { $0 % 4 != 0 } == [3, 1, 2])
        let part = whole.sliced(2, 1..<4, step: 2)
        #expect(part.shape == [2, 3, 2] && !part.isWhole)
        #expect(part.reshaped([6, 2])?.shape == [6, 2])
        #expect(whole.selected(1, 2).shape == [2, 4])
        #expect(whole.raised(to: 5).shape == [1, 1, 2, 3, 4])
    }
}
