// swift-tools-version: 6.2
import PackageDescription

/// One list of settings for every Swift target: Swift 6 mode, strict memory safety, warnings are errors.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A target of the root package. A target exists only where it enforces an arrow of docs/architecture.md.
func layer(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// `exclude`: goldens and the scripts that made them, which tests read from the source tree.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: settings)
}

let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = ["ServiceLifecycle", "UnixSignals"].map {
    Target.Dependency.product(name: $0, package: "swift-service-lifecycle")
}
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let http = ["NIOCore", "NIOHTTP1"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "needletail",
    products: [
        .executable(name: "needletail", targets: ["CLI"]),
        .library(name: "Needletail", targets: ["Needletail"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        // Without its default traits, which bring all of Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // 0: leaves
        .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)]),
        layer("Support", []),
        // 1: values and contracts
        layer("Tensor", ["Support"]),
        layer("EngineTypes", ["Support"]),
        layer("Tokenization", ["Support"]),
        layer("ChatTemplate", ["Support"]),
        // 2: files, backends, pure scheduling
        layer("Checkpoint", ["Support", "Tensor"]),
        layer("ModelStore", ["Support", httpClient, nioPosix, subprocess, system] + http),
        layer("CPUBackend", ["CKernels", "Support", "Tensor"]),
        layer("Scheduling", ["EngineTypes", "Support", deque]),
        // 3 to 6: the model and the step
        layer("Layers", ["Checkpoint", "EngineTypes", "Support", "Tensor"]),
        layer("Architectures", ["Checkpoint", "EngineTypes", "Layers", "Support", "Tensor"]),
        layer("ModelRunner", ["Architectures", "Checkpoint", "EngineTypes", "Layers", "Support", "Tensor"]),
        layer("EngineCore", ["EngineTypes", "Scheduling", "Support"]),
        // 7: the library; the only place that names a backend
        layer(
            "Needletail",
            [
                "Architectures", "CPUBackend", "ChatTemplate", "Checkpoint", "EngineCore", "EngineTypes", "Layers",
                "ModelRunner", "ModelStore", "Scheduling", "Support", "Tensor", "Tokenization", log, metrics,
            ]),
        // 8: benchmarks, as far as they need no engine; HTTP
        layer("Benchmarking", ["Support"]),
        layer(
            "APIServer",
            [
                "EngineTypes", "Needletail", "Support", "Tokenization", asyncAlgorithms, coreMetrics, httpTypes,
                hummingbird, hummingbirdCore, log, metrics, nioHTTPTypes, nioSSL,
            ] + http + lifecycle, resources: [.embedInCode("Web/chat.html"), .embedInCode("Web/docs.html")]),
        // 9: the command line
        .executableTarget(
            name: "CLI",
            dependencies: [
                "APIServer", "Benchmarking", "EngineTypes", "ModelStore", "Needletail", "Support", arguments,
                httpClient,
                log,
            ] + http + lifecycle,
            swiftSettings: settings),

        .target(name: "TestSupport", dependencies: ["Support"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("SupportTests", ["Support"]),
        tests("TokenizationTests", ["Tokenization", "Support"]),
        tests(
            "ChatTemplateTests", ["ChatTemplate", "Support"],
            exclude: ["extra_snippets.json", "make_extra_snippets.py"]),
        tests("CheckpointTests", ["Checkpoint", "Support", "Tensor"]),
        tests(
            "ModelStoreTests",
            [
                "ModelStore", "Support", nioPosix,
            ] + http),
        tests("BenchmarkingTests", ["Benchmarking", "Support"]),
        tests("KernelTests", ["CPUBackend", "Support", "Tensor"], exclude: ["Goldens"]),
        tests("SchedulingTests", ["EngineCore", "EngineTypes", "Scheduling", "Support"]),
        tests(
            "NeedletailTests",
            [
                "Architectures", "CPUBackend", "ChatTemplate", "Checkpoint", "EngineCore", "EngineTypes", "Layers",
                "ModelRunner", "Needletail", "Scheduling", "Support", "Tensor", "Tokenization", metrics,
            ]),
        tests(
            "APIServerTests",
            [
                "APIServer", "Checkpoint", "EngineTypes", "Needletail", "Support", "Tokenization", httpTypes,
                hummingbird,
                log, metrics,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ] + http),
        tests("CommandLineTests", ["APIServer", "CLI", "Needletail", "Support", arguments]),
    ]
)
