package import Checkpoint
package import Support
package import Tokenization

/// A model's tokenizer with its chat templates.
package struct ModelTokenizer: Sendable {
    package let tokenizer: Tokenizer
    /// The name of the vocabulary's file, for messages.
    private let fileName: String
    private let templates: PromptTemplates
    private let configuration: JSONObject
    /// Special tokens by the names that templates use.
    private let variables: JSONObject

    /// Loads the tokenizer of a checkpoint. `template`: a chat template to use instead of the checkpoint's own.
    package init(_ checkpoint: Checkpoint, template: ChatTemplateChoice? = nil) throws(EngineError) {
        do {
            (tokenizer, configuration, fileName) = try checkpoint.tokenizer.load()
        } catch {
            throw EngineError("\(error)")
        }
        var variables = JSONObject()
        variables["bos_token"] = .string(tokenizer.bosTokenID.map(tokenizer.tokenText) ?? "")
        variables["eos_token"] = .string(tokenizer.eosTokenID.map(tokenizer.tokenText) ?? "")
        self.variables = variables
        templates = try PromptTemplates(checkpoint.chatTemplates, choice: template, variables: variables)
    }

    /// Whether conversations can be rendered without choosing a template.
    package var hasChatTemplate: Bool { templates.standard != nil }

    /// The names of the model's own chat templates.
    var chatTemplateNames: [String] { templates.names }

    /// Throws if the vocabulary has ids that the model's embedding does not. Added tokens may have some, as Gemma 3's
    /// mark for images: a prompt with one is refused.
    func requireIDs(below vocabularySize: Int) throws(EngineError) {
        guard tokenizer.modelIDs.upperBound <= vocabularySize else {
            throw EngineError(
                "\(fileName): expected token ids below the model's vocabulary of \(vocabularySize), found ids up to "
                    + "\(tokenizer.modelIDs.upperBound - 1)")
        }
    }

    /// The contents of the model's `tokenizer_config.json` (a GGUF file has none), with the standard template.
    package var info: JSONValue {
        var object = configuration
        for (name, value) in variables.members { object[name] = value }
        object["vocab_size"] = .integer(tokenizer.vocabularySize)
        object["chat_template"] = templates.standard.map { .string($0.source) } ?? .null
        return .object(object)
    }

    /// Renders a conversation as prompt text, after converting its messages to the form that the template expects.
    package func render(_ chat: ChatPrompt) throws(RequestError) -> String { try templates.render(chat) }
}
