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
func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// `exclude`: goldens and the scripts that made them, which tests read from the source tree.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: settings)
}

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
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
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
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
        layer("ModelStore", ["Support", crypto, httpClient, subprocess, system] + http),
        layer("CPUBackend", ["CKernels", "Support", "Tensor"]),
        layer("Scheduling", ["EngineTypes", "Support", collections, crypto]),
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
                "ModelRunner", "ModelStore", "Scheduling", "Support", "Tensor", "Tokenization", log,
            ]),
        // 9: the command line
        .executableTarget(
            name: "CLI", dependencies: ["Needletail", "Support", arguments, httpClient] + http,
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
                "ModelStore", "Support", .product(name: "NIOPosix", package: "swift-nio"),
            ] + http),
        tests("KernelTests", ["CPUBackend", "Support", "Tensor"], exclude: ["Goldens"]),
        tests("SchedulingTests", ["EngineCore", "EngineTypes", "Scheduling", "Support"]),
        tests(
            "NeedletailTests",
            [
                "Architectures", "CPUBackend", "Checkpoint", "EngineCore", "EngineTypes", "Layers", "ModelRunner",
                "Needletail", "Scheduling", "Support", "Tensor", "Tokenization",
            ]),
    ]
)
