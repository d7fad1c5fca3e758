import EngineTypes
import Needletail
import Support

/// The body of Anthropic's `POST /v1/messages`.
struct MessagesRequest: Sendable {
    let promptTokenIDs: [TokenID]
    var common: GenerationFields

    init(_ fields: Fields, _ client: any EngineClient, _ options: ServerOptions) throws(RequestError) {
        for name in ["tools", "tool_choice", "output_config"] where fields[name] != nil {
            throw .invalid(name, "is not supported, got \(fields[name]!.excerpt)")
        }
        var common = try GenerationFields(fields, client, options)
        guard common.choices.isSingle else { throw fields.mistake("n", "absent, as best_of and use_beam_search are") }
        guard let maxTokens = try fields.int("max_tokens") else { throw .invalid("max_tokens", "is missing") }
        common.sampling.maxTokens = maxTokens
        common.sampling.stop = try fields.strings("stop_sequences") ?? []
        promptTokenIDs = try Self.promptTokenIDs(fields, client.input)
        self.common = common
    }

    /// What the conversation is as tokens.
    static func promptTokenIDs(_ fields: Fields, _ input: InputProcessor) throws(RequestError) -> [TokenID] {
        var messages: [JSONValue] = []
        if let system = fields["system"] {
            messages.append(["role": "system", "content": .string(try text(system, "system"))])
        }
        guard let elements = try fields.array("messages") else { throw .invalid("messages", "is missing") }
        for (index, element) in elements.enumerated() {
            let name = "messages[\(index)]"
            guard let object = element.objectValue else {
                throw .invalid(name, "must be an object, got \(element.excerpt)")
            }
            let message = Fields(object, prefix: name + ".")
            guard let role = try message.string("role"), ["user", "assistant", "system"].contains(role) else {
                throw message.mistake("role", "user, assistant or system")
            }
            guard let content = message["content"] else {
                throw message.mistake("content", "a string or a list of blocks")
            }
            messages.append(["role": .string(role), "content": .string(try text(content, name + ".content"))])
        }
        var chat = ChatPrompt(messages: messages)
        // An answer that the client has begun is continued.
        if messages.last?["role"] == "assistant" {
            (chat.addsGenerationPrompt, chat.continuesFinalMessage) = (false, true)
        }
        return try input.tokenIDs(of: chat)
    }

    /// A string, or blocks of text.
    private static func text(_ value: JSONValue, _ name: String) throws(RequestError) -> String {
        if let text = value.stringValue { return text }
        guard let blocks = value.arrayValue else {
            throw .invalid(name, "must be a string or a list of blocks, got \(value.excerpt)")
        }
        var texts: [String] = []
        for (index, block) in blocks.enumerated() {
            guard block["type"] == "text", let text = block["text"]?.stringValue else {
                throw .invalid(
                    "\(name)[\(index)]", "must be a text block: this model takes nothing else, got \(block.excerpt)")
            }
            texts.append(text)
        }
        return texts.joined(separator: "\n")
    }
}
