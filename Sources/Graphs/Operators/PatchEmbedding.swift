import Kernels

/// Images to patch tokens: a strided convolution as one matrix product over extracted patches.
struct PatchEmbedding: Operator {
    let images: ValueID
    let patches: ValueID
    let output: ValueID
    let weight: ValueID
    let bias: ValueID?
    let channels: Int
    let height: Int
    let width: Int
    let patch: Int
    let embedding: Int

    var inputs: [ValueID] { [images, weight] + (bias.map { [$0] } ?? []) }
    var kept: [ValueID] { [patches] }
    var backwardReads: [ValueID] { [patches] }
    var addsTo: [ValueID] { [weight] + (bias.map { [$0] } ?? []) }
    var leavesUnwanted: Bool { true }

    private var patchElements: Int { channels * patch * patch }

    func products(in graph: Graph, batch: Int) -> (forward: [ProductUse], backward: [ProductUse]) {
        let shape = LinearShape(rows: batch * graph[output].rows, inputs: patchElements, outputs: embedding)
        return graph.linearProducts(shape, weight, hasInputGradient: false)
    }

    func roundedWeight(in graph: Graph) -> (weight: ValueID, rowElements: Int)? {
        (weight, graph[output].rows * (patchElements + embedding))
    }

    func forward<R: Real>(_ run: Run<R>) {
        extractPatches(
            on: run.team,
            batch: run.batch(images),
            channels: channels,
            height: height,
            width: width,
            patch: patch,
            images: run[images],
            patches: run.output(patches)
        )
        linearForward(
            on: run.team,
            rows: run.rows(output),
            inputs: patchElements,
            outputs: embedding,
            input: run[patches],
            weight: run[weight],
            rounded: run.rounded(weight),
            epilogue: Epilogue(bias: bias.map { run[$0] }),
            output: run.output(output)
        )
    }

    func backward<R: Real>(_ run: Run<R>) {
        linearBackward(
            on: run.team,
            rows: run.rows(output),
            inputs: patchElements,
            outputs: embedding,
            input: run[patches],
            weight: run[weight],
            rounded: run.rounded(weight),
            dOutput: run.gradient(output),
            dInput: nil,
            addInput: false,
            dWeight: run.gradient(weight),
            dBias: bias.map { run.gradient($0) },
            addParameters: run.adds(all: [weight] + (bias.map { [$0] } ?? []))
        )
    }
}

extension GraphBuilder {
    /// * `images`: channels × height × width per sample
    /// * `embedding`: channels of a token
    /// * returns ⌊height/patch⌋·⌊width/patch⌋ × embedding per sample
    package mutating func patchEmbedding(
        _ images: ValueID,
        channels: Int,
        height: Int,
        width: Int,
        patch: Int,
        embedding: Int,
        bias: Bool,
        name: String,
        layer: String
    ) -> ValueID {
        let weight = parameter("\(name).weight", [embedding, channels, patch, patch], layer: layer)
        let bias = bias ? parameter("\(name).bias", [embedding], layer: layer) : nil
        return patchEmbedding(
            images,
            channels: channels,
            height: height,
            width: width,
            weight: weight,
            bias: bias,
            name: name
        )
    }

    /// * `weight`: embedding × channels × patch × patch
    package mutating func patchEmbedding(
        _ images: ValueID,
        channels: Int,
        height: Int,
        width: Int,
        weight: ValueID,
        bias: ValueID?,
        name: String
    ) -> ValueID {
        let (embedding, patch) = (self[weight].shape[0], self[weight].columns)
        let tokens = (height / patch) * (width / patch)
        let output = output(name, [tokens, embedding], of: [images, weight])
        let patches = own("\(name).patches", [tokens, channels * patch * patch], beside: output)
        append(
            PatchEmbedding(
                images: images,
                patches: patches,
                output: output,
                weight: weight,
                bias: bias,
                channels: channels,
                height: height,
                width: width,
                patch: patch,
                embedding: embedding
            )
        )
        return output
    }
}
