import ChatTemplate
package import Checkpoint
package import Support
package import Tokenization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// A model's tokenizer with its chat template.
package struct ModelTokenizer: Sendable {
    package let tokenizer: Tokenizer
    private let template: ChatTemplate?
    private let normalizer: ConversationNormalizer?
    private let configuration: JSONObject
    /// Special tokens by the names that templates use.
    private let variables: JSONObject

    /// Loads the tokenizer of a checkpoint. `template`: a chat template to use instead of the checkpoint's own.
    package init(_ checkpoint: Checkpoint, template source: String? = nil) throws(EngineError) {
        do {
            switch checkpoint.tokenizer {
            case .huggingFace(let files):
                let config = try files.config()
                configuration = config.object
                tokenizer = try Tokenizer(tokenizerJSON: files.tokenizer(), configJSON: .object(config.object))
            case .gguf(let file):
                configuration = ["tokenizer_class": "PreTrainedTokenizerFast"]
                tokenizer = try Tokenizer(gguf: GGUFVocabulary(file.tokenizer()))
            }
            template = try (source ?? checkpoint.chatTemplates.standard).map { try ChatTemplate(source: $0) }
        } catch {
            throw EngineError("\(error)")
        }
        var variables = JSONObject()
        variables["bos_token"] = .string(tokenizer.bosTokenID.map(tokenizer.tokenText) ?? "")
        variables["eos_token"] = .string(tokenizer.eosTokenID.map(tokenizer.tokenText) ?? "")
        self.variables = variables
        normalizer = template.map { ConversationNormalizer(template: $0, variables: variables) }
    }

    /// The contents of the model's `tokenizer_config.json` (a GGUF file has none), with the template in use.
    package var info: JSONValue {
        var object = configuration
        for (name, value) in variables.members { object[name] = value }
        object["vocab_size"] = .integer(tokenizer.vocabularySize)
        object["chat_template"] = template.map { .string($0.source) } ?? .null
        return .object(object)
    }

    /// Renders a conversation as prompt text, after converting its messages to the form that the template expects.
    package func render(_ chat: ChatPrompt) throws(RequestError) -> String {
        guard let template, let normalizer else {
            throw .invalid("messages", "the model has no chat template: set one (--chat-template) or use a text prompt")
        }
        var variables = variables
        for (name, value) in chat.variables.members { variables[name] = value }
        let messages = try normalizer.normalized(chat.messages)
        do {
            return try template.render(
                messages: messages, tools: chat.tools, documents: chat.documents,
                addGenerationPrompt: chat.addsGenerationPrompt, continueFinalMessage: chat.continuesFinalMessage,
                variables: variables, clock: .local)
        } catch {
            throw .invalid("messages", "the chat template failed: \(error)")
        }
    }
}

extension TemplateClock {
    /// The current time in the zone that `TZ` names, or else the system's.
    fileprivate static var local: TemplateClock {
        let now = Int(Date().timeIntervalSince1970)
        return TemplateClock(secondsSinceEpoch: now, utcOffset: LocalTime.utcOffset(at: now))
    }
}

extension GGUFVocabulary {
    /// Creates the vocabulary from the metadata of a GGUF file.
    package init(_ file: GGUFTokenizer) {
        func id(_ value: Int?) -> UInt32? { value.flatMap { UInt32(exactly: $0) } }
        self.init(
            model: file.model, pre: file.pre ?? "default", tokens: file.tokens,
            tokenTypes: file.tokenTypes.map { Int32(truncatingIfNeeded: $0) }, merges: file.merges,
            specialTokenIDs: SpecialTokenIDs(
                bos: id(file.bosTokenID), eos: id(file.eosTokenID), endOfTurn: id(file.eotTokenID),
                unknown: id(file.unknownTokenID), padding: id(file.paddingTokenID)),
            addBOS: file.addBOSToken, addEOS: file.addEOSToken, addSpacePrefix: file.addSpacePrefix)
    }
}
