import ArgumentParser
import Needletail
import Support

/// `needletail debug tokenize`: the tokens of texts.
struct DebugTokenize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Print the token ids of a text, or of the texts on standard input.",
        discussion: """
            Without --text, standard input is a JSON array of texts, and an array of the arrays of their ids is written: for \
            comparison with other tokenizers. Only the vocabulary is read, not the model.
            """)

    @Argument(
        help: "Folder with a tokenizer, its vocabulary file (tokenizer.json, .model, .tiktoken, ...) or a .gguf file.")
    var path: String

    @Option(help: "The text.")
    var text: String?

    @Flag(name: .customLong("no-special-tokens"), help: "Leave out tokens that are put around a text, such as BOS.")
    var withoutSpecialTokens = false

    func run() async throws {
        let probe = try TokenizerProbe(path: path)
        if let text {
            let ids = probe.tokenIDs(of: text, addSpecialTokens: !withoutSpecialTokens)
            return StandardOutput.write(ids.map(String.init).joined(separator: " ") + "\n")
        }
        guard let texts = try? JSONValue(parsing: InputFile.read("/dev/stdin", flag: "standard input")).arrayValue
        else {
            throw EngineError("standard input: must be a JSON array of texts (or give --text)")
        }
        let rows = try texts.map { value in
            guard let text = value.stringValue else {
                throw EngineError("standard input: must be a JSON array of texts, found \(value.typeName) in it")
            }
            let ids = probe.tokenIDs(of: text, addSpecialTokens: !withoutSpecialTokens)
            return JSONValue.array(ids.map { .integer(Int($0)) })
        }
        StandardOutput.write(JSONValue.array(rows).serialized + "\n")
    }
}
