import Foundation
import Graphs
import Kernels
import Testing

@testable import VisionModels

/// Architectures whose graphs are part of the program (scripts/architectures; scripts/check_architectures.py checks all).
@Suite struct KnownArchitectureTests {
    /// Shapes of an architecture's tensors with another number of classes.
    private func shapes(_ library: String, _ name: String, classes: Int = 7) throws -> [String: [Int]] {
        let architecture = try #require(
            KnownArchitecture.all.first { $0.library == library && $0.name == name }
        )
        let program = try architecture.opened().program
        var shapes: [String: [Int]] = [:]
        for (value, source) in program.sources {
            guard let tensor = source.tensor else { continue }
            shapes[tensor] = program.tensors[value]?.sizes.map { $0.factor == 1000 ? classes : $0.factor }
        }
        return shapes
    }

    private func model(
        _ library: String,
        _ name: String,
        shapes: [String: [Int]]? = nil,
        _ configuration: [String: Any]?
    ) throws -> VisionModel {
        var texts: [String: String] = [:]
        if let configuration {
            let json = try JSONSerialization.data(withJSONObject: configuration)
            texts["config.json"] = String(decoding: json, as: UTF8.self)
        }
        return try VisionModel(
            ModelDescription(folder: "", texts: texts),
            shapes: shapes ?? self.shapes(library, name),
            file: "m.safetensors"
        )
    }

    private func timm(_ name: String, side: Int? = nil) -> [String: Any] {
        var pretrained: [String: Any] = ["mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]]
        if let side { pretrained["input_size"] = [3, side, side] }
        return ["architecture": name, "num_classes": 7, "pretrained_cfg": pretrained]
    }

    @Test func areMany() {
        #expect(KnownArchitecture.all.count >= 60)
        #expect(Set(KnownArchitecture.all.map(\.title)).count == KnownArchitecture.all.count)
    }

    /// Logits of two images in float64, by Fixtures/known_architectures.py.
    @Test(arguments: [
        (
            "timm", "mobilenetv3_small_100", 96,
            [
                -1.32118565895928, -1.47808924176286, -1.24898689920031, -0.68022880676108,
                0.0868209734225252,
                0.849316456963361, 1.3970752073394, -1.3211852610638, -1.47808871932758, -1.24898638871907,
                -0.680228441604558, 0.0868210978518546, 0.849316308156519, 1.39707482417435,
            ]
        ),
        (
            "timm", "mobilenetv3_small_100", 224,
            [
                -1.32397425591025, -1.48175296011641, -1.25256853904126, -0.682792612384145,
                0.0859448336714504,
                0.850356887387088, 1.39976038029802, -1.32397428660562, -1.48175298683957, -1.25256855481039,
                -0.682792613079321, 0.0859448482318469, 0.850356913398941, 1.39976041096535,
            ]
        ),
        (
            "torchvision", "shufflenet_v2_x1_0", 224,
            [
                0.261674636601221, 0.301962994069769, 0.242701352140545, 0.102164960502558,
                -0.0717343027576668,
                -0.219230648276503, -0.291059655917002, 0.260823102290013, 0.301546728736265,
                0.242829111181167, 0.102803365002487, -0.0707520452956177, -0.218161166956599,
                -0.290182368349961,
            ]
        ),
    ]) func logitsAreTheLibrarys(library: String, name: String, side: Int, expected: [Double]) throws {
        let described = library == "timm" ? timm("\(name).some_weights", side: side) : nil
        let model = try model(library, name, described)
        #expect(model.family == "\(library) \(name)" && model.graph.imageShape == [3, side, side])
        #expect(model.graph.classes == 7)
        func sines(_ count: Int, _ shift: Int) -> [Double] {
            (0..<count).map { sin(0.7 * Double($0) + Double(shift)) }
        }
        var parameters: [Double] = []
        for parameter in model.graph.layout.parameters {
            let (name, shape) = (parameter.name, parameter.shape)
            let wave = sines(parameter.range.count, name.count)
            if shape.count > 1 {
                let scale = (3 / Double(parameter.range.count / shape[0])).squareRoot()
                parameters += wave.map { $0 * scale }
            } else if name.hasSuffix("weight") || name.hasSuffix("running_var") {
                parameters += wave.map { 1 + 0.3 * $0 }
            } else {
                parameters += wave.map { 0.1 * $0 }
            }
        }
        let executor = Executor<Double>(model.graph, capacity: 2, training: false)
        let images = sines(2 * 3 * side * side, 0)
        executor.images(batch: 2, training: false).update(from: images, count: images.count)
        let logits = executor.forward(batch: 2, parameters: parameters, training: false)
        for (place, value) in expected.enumerated() {
            #expect(abs(logits[place] - value) <= 1e-10 * 2, "\(place)")
        }
    }

    @Test func torchvisionsAreToldByTheirTensors() throws {
        let model = try model("torchvision", "resnet18", nil)
        #expect(model.family == "torchvision resnet18" && model.graph.classes == 7)
        #expect(model.transformOrigin == "torchvision's ResNet18_Weights.IMAGENET1K_V1")
        #expect(model.mean == [0.485, 0.456, 0.406])
        let described = try self.model("torchvision", "efficientnet_b0", timm("efficientnet_b0"))
        #expect(described.family == "torchvision efficientnet_b0" && described.mean == [0.5, 0.5, 0.5])
        // What is said holds, what is not is the library's.
        let partly = try self.model("torchvision", "resnet18", ["input_size": [3, 64, 64], "crop_pct": 1.0])
        #expect(partly.graph.imageShape == [3, 64, 64] && partly.transform.resize == .shortestEdge(64))
        #expect(partly.mean == [0.485, 0.456, 0.406] && partly.transform.interpolation == .bilinear)
        #expect(partly.transformOrigin == nil)
        #expect(throws: ModelError.self) {
            try self.model("torchvision", "resnet18", ["mean": [0.5, 0.5, 0.5]])
        }
        var shapes: [String: [Int]] = [:]
        for (name, shape) in try self.shapes("torchvision", "resnet18") { shapes["module.\(name)"] = shape }
        let prefixed = try self.model("torchvision", "resnet18", shapes: shapes, nil)
        #expect(prefixed.family == "torchvision resnet18")
        #expect(prefixed.graph.layout.parameters.allSatisfy { $0.name.hasPrefix("module.") })
    }

    @Test func whatIsNotTheGraphsIsRefused() throws {
        func refusal(_ name: String, _ configuration: [String: Any], shapes: [String: [Int]]? = nil) -> String
        {
            do {
                _ = try model("timm", name, shapes: shapes, configuration)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        let swin = "swin_tiny_patch4_window7_224"
        #expect(
            refusal(swin, timm(swin, side: 256)).contains("pretrained_cfg.input_size: expected 3 × 224 × 224")
        )
        // Padded as TensorFlow does it, by numbers that hang on the images' size.
        let same = "tf_efficientnet_b0"
        #expect(
            refusal(same, timm(same, side: 160)).contains("pretrained_cfg.input_size: expected 3 × 224 × 224")
        )
        var other = timm("resnet18")
        other["model_args"] = ["output_stride": 8]
        #expect(refusal("resnet18", other).contains("model_args.output_stride: expected none"))
        other["model_args"] = ["global_pool": "max"]
        #expect(refusal("resnet18", other).contains("model_args.global_pool: expected \"avg\""))
        other["model_args"] = ["drop_path_rate": 0.1]
        #expect(refusal("resnet18", other) == "none")
        var shapes = try shapes("timm", "resnet18")
        shapes["layer1.0.conv1.weight"] = [64, 64, 1, 1]
        #expect(
            refusal("resnet18", timm("resnet18"), shapes: shapes).contains("tensor layer1.0.conv1.weight")
        )
        shapes = try self.shapes("timm", "resnet18")
        shapes["fc.bias"] = [8]
        #expect(refusal("resnet18", timm("resnet18"), shapes: shapes) != "none")
        shapes["layer1.2.conv1.weight"] = [64, 64, 3, 3]
        #expect(refusal("resnet18", timm("resnet18"), shapes: shapes) != "none")
        let wrong = refusal("resnet18", timm("densenet121"))
        #expect(wrong.contains("architecture") && wrong.contains("\"densenet121\", which has"))
    }

    /// Sizes that the graph was not written for: every operator's result follows.
    @Test(arguments: ["convnextv2_tiny", "densenet121", "efficientnet_b0", "inception_v3"])
    func imagesMayBeOfAnySize(name: String) throws {
        let model = try model("timm", name, timm(name, side: 160))
        #expect(model.graph.imageShape == [3, 160, 160])
    }
}
