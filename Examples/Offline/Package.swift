// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "offline",
    dependencies: [.package(name: "needletail", path: "../..")],
    targets: [
        .executableTarget(
            name: "offline", dependencies: [.product(name: "Needletail", package: "needletail")],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
