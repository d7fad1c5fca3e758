import EngineTypes
import Needletail
import Support

/// The body of Anthropic's `POST /v1/messages`.
struct MessagesRequest: Sendable {
    let prompt: PromptInput
    let common: GenerationFields

    init(_ fields: Fields, _ info: EngineInfo, _ options: ServerOptions) throws(RequestError) {
        for name in ["tools", "tool_choice", "output_config"] where fields[name] != nil {
            throw .invalid(name, "is not supported, got \(fields[name]!.excerpt)")
        }
        var common = try GenerationFields(fields, info, options)
        guard common.choices.isSingle else { throw fields.mistake("n", "1, with best_of 1 and use_beam_search false") }
        guard let maxTokens = try fields.int("max_tokens") else { throw .invalid("max_tokens", "is missing") }
        common.sampling.maxTokens = maxTokens
        common.sampling.stop = try fields.strings("stop_sequences") ?? []
        common.parameterNames = ["stop": "stop_sequences", "prompt": "messages"]
        let chat = try Self.conversation(fields, options)
        prompt = PromptInput(.chat(chat), truncation: common.truncation?.leaving(outputTokens: maxTokens))
        self.common = common
    }

    /// Reads the conversation: `system` and `messages`.
    static func conversation(_ fields: Fields, _ options: ServerOptions) throws(RequestError) -> ChatPrompt {
        var messages: [JSONValue] = []
        if let value = fields["system"] { messages.append(try Blocks(value, "system").message("system")) }
        guard let elements = try fields.array("messages") else { throw .invalid("messages", "is missing") }
        for (index, element) in elements.enumerated() {
            let name = "messages[\(index)]"
            guard let object = element.objectValue else {
                throw .invalid(name, "must be an object, got \(element.excerpt)")
            }
            let message = Fields(object, prefix: name + ".")
            guard let role = try message.string("role").flatMap({ roles[$0] }) else {
                throw message.mistake("role", "user, assistant or system")
            }
            guard let content = message["content"] else {
                throw message.mistake("content", "a string or a list of blocks")
            }
            messages.append(try Blocks(content, name + ".content").message(role))
        }
        var chat = ChatPrompt(messages: messages)
        chat.variables = options.chatTemplateVariables
        // An answer that the client has begun, as a last assistant message, is continued.
        if messages.last?["role"] == "assistant" {
            (chat.addsGenerationPrompt, chat.continuesFinalMessage) = (false, true)
        }
        return chat
    }

    /// Roles that clients use, and the chat template's roles for them.
    private static let roles = [
        "user": "user", "ctx": "user", "msg": "user", "assistant": "assistant", "system": "system",
    ]
}

/// The content of a message in Anthropic's API: a string, or blocks.
private struct Blocks {
    private let isList: Bool
    private var texts: [String] = []
    private var thoughts: [String] = []

    init(_ value: JSONValue, _ name: String) throws(RequestError) {
        isList = value.arrayValue != nil
        if let text = value.stringValue {
            texts = [text]
            return
        }
        guard let blocks = value.arrayValue else {
            throw .invalid(name, "must be a string or a list of blocks, got \(value.excerpt)")
        }
        for (index, block) in blocks.enumerated() {
            switch block["type"] {
            case "text": texts.append(try Self.text(block, "text", "\(name)[\(index)]"))
            case "thinking": thoughts.append(try Self.text(block, "thinking", "\(name)[\(index)]"))
            // Encrypted by another server, which alone can read it.
            case "redacted_thinking": break
            default:
                throw .invalid(
                    "\(name)[\(index)]", "must be a text block (this model accepts only text), got \(block.excerpt)")
            }
        }
    }

    private static func text(_ block: JSONValue, _ member: String, _ name: String) throws(RequestError) -> String {
        guard let text = block[member]?.stringValue else {
            throw .invalid(name, "must have a string as \(member), got \(block.excerpt)")
        }
        return text
    }

    /// The message in the form of chat completions. Thoughts have the name that templates of reasoning models read.
    func message(_ role: String) -> JSONValue {
        let content = isList ? JSONValue.array(texts.map(TextPart.json)) : .string(texts.first ?? "")
        var message: JSONObject = ["role": .string(role), "content": content]
        if !thoughts.isEmpty { message["reasoning_content"] = .string(thoughts.joined(separator: "\n")) }
        return .object(message)
    }
}
