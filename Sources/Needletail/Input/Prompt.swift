package import Support

/// The input of a request: a text, token ids or a conversation.
public enum Prompt: Sendable, Hashable {
    /// A text; special tokens written in it count as such, and the tokenizer adds those that the model expects.
    case text(String)
    /// Token ids, used as they are.
    case tokens([TokenID])
    /// A conversation, rendered with the model's chat template.
    case chat([ChatMessage])
}

extension Prompt: ExpressibleByStringLiteral {
    /// Creates a text prompt.
    public init(stringLiteral value: String) { self = .text(value) }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// The author of the message: `system`, `user`, `assistant`, or another role that the chat template of the model
    /// knows.
    public var role: String
    /// The text of the message.
    public var content: String

    /// Creates a message of the given role.
    public init(role: String, content: String) {
        self.role = role
        self.content = content
    }

    package var json: JSONValue { ["role": .string(role), "content": .string(content)] }
}

/// A conversation with all that a chat template can take.
package struct ChatPrompt: Sendable {
    /// Messages as the client wrote them, whose content is a string or a list of text parts.
    package var messages: [JSONValue]
    package var tools: [JSONValue]?
    package var documents: [JSONValue]?
    package var addsGenerationPrompt = true
    package var continuesFinalMessage = false
    /// Additional template variables (`chat_template_kwargs`).
    package var variables = JSONObject()
    /// A Jinja text, or the name of one of the model's templates, to use instead of the model's own (`chat_template`).
    package var template: String?

    package init(messages: [JSONValue]) { self.messages = messages }
}
