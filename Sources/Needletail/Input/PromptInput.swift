import EngineTypes

/// A prompt as a client gives it, with the options of its preparation.
package struct PromptInput: Sendable {
    /// The prompt itself.
    package enum Content: Sendable {
        /// A text, with or without the special tokens that the tokenizer adds.
        case text(String, addsSpecialTokens: Bool = true)
        /// Token ids, used as they are.
        case tokens([TokenID])
        /// A conversation. By default no special tokens are added: the chat template writes them itself.
        case chat(ChatPrompt, addsSpecialTokens: Bool = false)
    }

    package var content: Content
    /// The truncation of a prompt that is too long; nil keeps the whole prompt.
    package var truncation: PromptTruncation?

    package init(_ content: Content, truncation: PromptTruncation? = nil) {
        self.content = content
        self.truncation = truncation
    }
}

extension Prompt {
    /// The prompt with the default options.
    package var input: PromptInput {
        switch self {
        case .text(let text): PromptInput(.text(text))
        case .tokens(let ids): PromptInput(.tokens(ids))
        case .chat(let messages): PromptInput(.chat(ChatPrompt(messages: messages.map(\.json))))
        }
    }
}

extension PromptInput.Content {
    /// The text as given; nil for token ids and conversations.
    var givenText: String? {
        if case .text(let text, _) = self { text } else { nil }
    }
}
