// swift-tools-version: 6.2
import PackageDescription

// The modules from the bottom up; a module imports only modules above its own line. `scripts/lint` checks it.
let package = Package(
    name: "mehlsoup",
    products: [
        .executable(name: "mehlsoup", targets: ["mehlsoup"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C at the bottom: our own kernels and shims, and the system's libraries.
        .target(name: "CKernels"),
        .target(name: "CThreads"),
        // Graphs of well-known architectures, which a script writes.
        .target(name: "CArchitectures", exclude: ["graphs"]),
        .systemLibrary(
            name: "COpenBLAS",
            pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"])]
        ),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
        .systemLibrary(
            name: "CMPIFlags",
            pkgConfig: "ompi-c",
            providers: [.apt(["libopenmpi-dev"])]
        ),
        .target(name: "CMPI", dependencies: ["CMPIFlags"]),
        .systemLibrary(
            name: "CProtobufC",
            pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"])]
        ),
        .target(name: "CWire", dependencies: ["CProtobufC"]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // The flags of the library below libvips: its own carry -pthread, which SwiftPM warns of.
        .systemLibrary(name: "CVipsFlags", pkgConfig: "gobject-2.0", providers: [.apt(["libvips-dev"])]),
        .target(name: "CVips", dependencies: ["CVipsFlags"], linkerSettings: [.linkedLibrary("vips")]),

        .target(name: "Diagnostics"),
        .target(name: "Randomness"),
        .target(name: "Threads", dependencies: ["CThreads"]),
        .target(name: "Tensors", dependencies: ["Diagnostics"]),
        .target(name: "Wire"),
        .target(
            name: "Files",
            dependencies: ["CCrypto", "Diagnostics"]
        ),
        .target(name: "Archives", dependencies: ["CZlib", "Diagnostics", "Files"]),

        .target(name: "Kernels", dependencies: ["CKernels", "COneDNN", "COpenBLAS", "Threads"]),
        .target(name: "MessagePassing", dependencies: ["CMPI", "Diagnostics"]),
        .target(
            name: "Checkpoints",
            dependencies: [
                "Archives", "Diagnostics", "Files", "Kernels", "Tensors", "Threads",
                .product(name: "OrderedCollections", package: "swift-collections"),
            ]
        ),
        .target(
            name: "Datasets",
            dependencies: [
                "Archives", "CVips", "Checkpoints", "Diagnostics", "Files", "Kernels", "Randomness",
                "Tensors",
            ]
        ),
        .target(name: "Graphs", dependencies: ["Kernels", "Tensors", "Threads"]),
        .target(
            name: "ImportedGraphs",
            dependencies: ["Archives", "Checkpoints", "Diagnostics", "Files", "Graphs", "Kernels", "Tensors"]
        ),
        .target(
            name: "VisionModels",
            dependencies: [
                "CArchitectures", "Datasets", "Diagnostics", "Files", "Graphs", "ImportedGraphs", "Kernels",
            ]
        ),
        .target(name: "Soups", dependencies: ["Randomness"]),
        .target(name: "Ensembles", dependencies: ["Randomness"]),
        .target(name: "Traces", dependencies: ["CProtobufC", "CWire", "Diagnostics", "Files", "Wire"]),
        .target(name: "Reports"),
        .target(
            name: "Training",
            dependencies: [
                "Checkpoints", "Datasets", "Diagnostics", "Files", "Graphs", "Kernels", "MessagePassing",
                "Randomness", "Soups", "Tensors", "Threads", "VisionModels",
            ]
        ),
        .target(
            name: "Sharding",
            dependencies: [
                "Checkpoints", "Datasets", "Files", "Graphs", "Kernels", "MessagePassing", "Soups", "Tensors",
                "Threads",
            ]
        ),
        .target(
            name: "Coordination",
            dependencies: [
                "CProtobufC", "CWire", "Checkpoints", "Datasets", "Diagnostics", "Files", "Graphs",
                "Kernels", "MessagePassing", "Randomness", "Sharding", "Soups", "Tensors", "Threads",
                "Traces",
                "VisionModels", "Wire",
            ]
        ),
        .target(
            name: "Runs",
            dependencies: [
                "Checkpoints", "Coordination", "Datasets", "Diagnostics", "Ensembles", "Files", "Graphs",
                "ImportedGraphs", "Kernels", "MessagePassing", "Sharding", "Soups", "Tensors", "Threads",
                "Traces",
                "VisionModels",
            ]
        ),
        .executableTarget(
            name: "mehlsoup",
            dependencies: [
                "Checkpoints", "Coordination", "Datasets", "Diagnostics", "Files", "Graphs", "ImportedGraphs",
                "Kernels", "MessagePassing", "Reports", "Runs", "Sharding", "Soups", "Tensors", "Threads",
                "Traces", "Training", "VisionModels",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),

        // Tests. `TransportSuite` is one list of checks for every transport: run in memory by MessagePassingTests and
        // under mpirun by `transport-suite`.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // A small pool of ingredients, what PyTorch makes of it, and runs on it: for the tests of Runs and below.
        .target(
            name: "PoolSupport",
            dependencies: ["Coordination", "Files", "MessagePassing", "Runs", "TestSupport"],
            path: "Tests/PoolSupport",
            resources: [.copy("Fixtures")]
        ),
        .target(
            name: "TransportSuite",
            dependencies: ["Diagnostics", "MessagePassing"],
            path: "Tests/TransportSuite"
        ),
        .executableTarget(
            name: "transport-suite",
            dependencies: ["MessagePassing", "TransportSuite"],
            path: "Tests/TransportProgram"
        ),
        .executableTarget(
            name: "mehlsoup-bench",
            dependencies: [
                "Checkpoints", "Graphs", "ImportedGraphs", "Kernels", "Randomness", "Tensors", "Threads",
                "VisionModels",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/BenchProgram"
        ),
        .executableTarget(
            name: "mehlsoup-images",
            dependencies: ["Datasets", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/ImageProgram"
        ),
        // Every reader of files, given bytes of any kind: by libFuzzer (`scripts/fuzz`), and by FuzzTests a kept corpus.
        .target(name: "CFuzzing", path: "Tests/CFuzzing"),
        .target(
            name: "FuzzSuite",
            dependencies: [
                "Archives", "Checkpoints", "Datasets", "Diagnostics", "Files", "ImportedGraphs", "Runs",
                "Soups",
                "Tensors", "Traces", "VisionModels",
            ],
            path: "Tests/FuzzSuite",
            exclude: ["Corpus", "Dictionaries"]
        ),
        .executableTarget(
            name: "mehlsoup-fuzz",
            dependencies: ["CFuzzing", "FuzzSuite", "Randomness"],
            path: "Tests/FuzzProgram"
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzSuite"]),
        .testTarget(
            name: "FilesTests",
            dependencies: ["Diagnostics", "Files", "Randomness", "Tensors", "TestSupport"]
        ),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"]),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels", "Randomness", "Tensors", "Threads"]),
        .testTarget(
            name: "MessagePassingTests",
            dependencies: ["Diagnostics", "MessagePassing", "TestSupport", "TransportSuite"]
        ),
        .testTarget(
            name: "CheckpointsTests",
            dependencies: ["Checkpoints", "Diagnostics", "Files", "Tensors", "TestSupport"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "DatasetsTests",
            dependencies: ["Archives", "Datasets", "Diagnostics", "Files", "Randomness", "TestSupport"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "GraphsTests",
            dependencies: ["Graphs", "Kernels", "Randomness", "Tensors", "Threads"]
        ),
        .testTarget(
            name: "VisionModelsTests",
            dependencies: ["Checkpoints", "Datasets", "Graphs", "Kernels", "VisionModels"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "ImportedGraphsTests",
            dependencies: ["Graphs", "ImportedGraphs", "Kernels", "Threads"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(name: "SoupsTests", dependencies: ["Soups", "Randomness"], exclude: ["Fixtures"]),
        .testTarget(
            name: "EnsemblesTests",
            dependencies: ["Ensembles", "Randomness"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "TracesTests",
            dependencies: ["Diagnostics", "Files", "TestSupport", "Traces"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(name: "ReportsTests", dependencies: ["Reports", "TestSupport"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Checkpoints", "Datasets", "Diagnostics", "Graphs", "MessagePassing", "Randomness",
                "Tensors", "Training", "TestSupport", "Threads", "VisionModels",
            ]
        ),
        .testTarget(
            name: "ShardingTests",
            dependencies: [
                "Checkpoints", "Files", "Kernels", "MessagePassing", "PoolSupport", "Randomness", "Sharding",
                "Soups", "Tensors", "TestSupport", "Threads",
            ]
        ),
        .testTarget(
            name: "CoordinationTests",
            dependencies: [
                "Coordination", "Diagnostics", "MessagePassing", "PoolSupport", "Randomness", "Runs",
                "Sharding", "Soups", "TestSupport",
            ]
        ),
        .testTarget(
            name: "RunsTests",
            dependencies: [
                "Checkpoints", "Coordination", "Datasets", "Diagnostics", "Ensembles", "Graphs", "Kernels",
                "MessagePassing", "PoolSupport", "Runs", "Sharding", "Soups", "TestSupport", "Traces",
                "VisionModels",
            ]
        ),
        .testTarget(name: "CommandTests", dependencies: ["TestSupport", "mehlsoup"]),
    ]
)
