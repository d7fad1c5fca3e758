import EngineTypes
import Needletail
import Support

/// Effort that a model should put into thinking; chat templates that support it read it as `reasoning_effort`.
enum ReasoningEffort: String, CaseIterable { case none, minimal, low, medium, high, xhigh, max }

/// Reads the fields of a request that describe a conversation.
enum ChatMessages {
    /// Reads the conversation. Throws for a message without role or content, and for content that is not text.
    /// The request's template variables take precedence over the server's.
    static func prompt(_ fields: Fields, _ options: ServerOptions) throws(RequestError) -> ChatPrompt {
        guard let elements = try fields.array("messages") else { throw .invalid("messages", "is missing") }
        guard !elements.isEmpty else { throw .invalid("messages", "at least one message is needed") }
        var messages: [JSONValue] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else {
                throw .invalid("messages[\(index)]", "must be an object, got \(element.excerpt)")
            }
            messages.append(.object(try message(Fields(object, prefix: "messages[\(index)]."))))
        }
        var chat = ChatPrompt(messages: messages)
        chat.addsGenerationPrompt = try fields.bool("add_generation_prompt") ?? true
        chat.continuesFinalMessage = try fields.bool("continue_final_message") ?? false
        guard !(chat.addsGenerationPrompt && chat.continuesFinalMessage) else {
            throw .invalid("continue_final_message", "cannot be true together with add_generation_prompt")
        }
        chat.documents = try fields.array("documents")
        chat.template = try template(fields, options)
        chat.variables = options.chatTemplateVariables
        let effort: ReasoningEffort? = try fields.choice("reasoning_effort")
        if let effort { chat.variables["reasoning_effort"] = .string(effort.rawValue) }
        for (name, value) in (try fields.object("chat_template_kwargs") ?? JSONObject()).members {
            guard name != "chat_template", name != "tokenize" else {
                throw .invalid("chat_template_kwargs.\(name)", "is a parameter, not a variable of the template")
            }
            chat.variables[name] = value
        }
        return chat
    }

    /// The chat template that a request brings. Throws if the server does not trust requests with it.
    private static func template(_ fields: Fields, _ options: ServerOptions) throws(RequestError) -> String? {
        guard let text = try fields.string("chat_template") else { return nil }
        guard options.trustsRequestTemplates else {
            throw .invalid("chat_template", "is refused unless the server runs with --trust-request-chat-template")
        }
        return text
    }

    private static func message(_ fields: Fields) throws(RequestError) -> JSONObject {
        guard try fields.string("role") != nil else { throw fields.mistake("role", "a string") }
        var message = fields.object
        switch fields["content"] {
        case .string?: break
        case .array(let parts)?: message["content"] = .array(try textParts(parts, fields.name("content")))
        case nil:
            guard fields.object["content"] != nil || fields["tool_calls"] != nil else {
                throw fields.mistake("content", "a string or a list of content parts")
            }
            message["content"] = ""
        default: throw fields.mistake("content", "a string or a list of content parts")
        }
        return message
    }

    /// Types of content parts that are text, with the member that holds it.
    private static let textMembers = [
        "text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal",
    ]

    /// Returns the parts in the form of chat completions. Throws for a part that is not text.
    static func textParts(_ parts: [JSONValue], _ name: String) throws(RequestError) -> [JSONValue] {
        var texts: [JSONValue] = []
        for (index, part) in parts.enumerated() {
            if let text = part.stringValue {
                texts.append(TextPart.json(text))
                continue
            }
            guard let object = part.objectValue else {
                throw .invalid("\(name)[\(index)]", "must be a content part, got \(part.excerpt)")
            }
            let fields = Fields(object, prefix: "\(name)[\(index)].")
            let type = try fields.string("type") ?? ""
            guard let member = textMembers[type] else {
                throw fields.mistake("type", "\"text\" (this model accepts only text)")
            }
            guard let text = try fields.string(member) else { throw fields.mistake(member, "a string") }
            texts.append(TextPart.json(text))
        }
        return texts
    }
}

/// A content part that is text, in the form of chat completions.
enum TextPart {
    static func json(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }
}
