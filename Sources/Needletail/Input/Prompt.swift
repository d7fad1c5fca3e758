package import Support

/// What a request starts from.
public enum Prompt: Sendable, Hashable {
    /// Text; special tokens written in it count as such, and the tokenizer adds those that the model expects.
    case text(String)
    /// Token ids, taken as they are.
    case tokens([TokenID])
    /// A conversation, rendered with the model's chat template.
    case chat([ChatMessage])
}

extension Prompt: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
}

/// One turn of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// `system`, `user`, `assistant`, or what else the model's template knows.
    public var role: String
    public var content: String

    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }

    package var json: JSONValue { ["role": .string(role), "content": .string(content)] }
}

/// A conversation with everything that a chat template can take.
package struct ChatPrompt: Sendable {
    /// As the client wrote them: content is a string or a list of text parts.
    package var messages: [JSONValue]
    package var tools: [JSONValue]?
    package var documents: [JSONValue]?
    package var addsGenerationPrompt = true
    package var continuesFinalMessage = false
    /// Further template variables (`chat_template_kwargs`).
    package var variables = JSONObject()

    package init(messages: [JSONValue]) { self.messages = messages }
}
