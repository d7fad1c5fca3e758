import Support

/// A chat template to use instead of the model's own.
public enum ChatTemplateChoice: Sendable, Hashable {
    /// The Jinja text of a template.
    case source(String)
    /// The model's template of this name, such as `tool_use`.
    case named(String)

    /// Reads a choice as `--chat-template` gives it: the path of a file or, where no such file can be read, a text with
    /// a brace or a line break, or a name. Throws for any other path.
    public init(_ argument: String) throws(EngineError) {
        let failure: FileError
        do throws(FileError) {
            let bytes = try Files.read(argument)
            self = .source(String(decoding: bytes, as: UTF8.self))
            return
        } catch {
            failure = error
        }
        if argument.unicodeScalars.contains(where: { "{}\n".unicodeScalars.contains($0) }) {
            self = .source(argument)
        } else if argument.contains("/") || argument.hasSuffix(".jinja") {
            throw EngineError("--chat-template: cannot read '\(argument)': \(failure.reason)")
        } else {
            self = .named(argument)
        }
    }
}
