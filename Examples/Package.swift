// swift-tools-version: 6.2
import PackageDescription

/// An example: one program in a folder of its own.
func example(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .executableTarget(
        name: name, dependencies: [.product(name: "Needletail", package: "needletail")] + dependencies, path: name,
        exclude: exclude, swiftSettings: [.swiftLanguageMode(.v6)])
}

let package = Package(
    name: "examples",
    dependencies: [
        .package(name: "needletail", path: ".."),
        // The same requirement and traits as in needletail itself, so that both share one build.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        example("Offline"),
        example("Streaming"),
        example("LogitsClosure"),
        example("BatchFromJSONL", exclude: ["prompts.jsonl"]),
        example("HummingbirdServer", [.product(name: "Hummingbird", package: "hummingbird")]),
    ]
)
