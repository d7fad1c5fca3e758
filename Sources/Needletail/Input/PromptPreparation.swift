import EngineTypes
import Tokenization

/// Turns the prompts of all routes, of the library and of `chat` into token ids: brings a conversation into the form
/// that the chat template expects, renders it, tokenises the text and truncates the result.
package struct PromptPreparation: Sendable {
    private let tokenizer: ModelTokenizer?
    private let maxModelLength: Int

    /// `tokenizer`: nil for a model that takes token ids only.
    package init(tokenizer: ModelTokenizer?, maxModelLength: Int) {
        self.tokenizer = tokenizer
        self.maxModelLength = maxModelLength
    }

    /// Whether conversations can be rendered without choosing a template.
    var hasChatTemplate: Bool { tokenizer?.hasChatTemplate ?? false }

    /// The names of the model's own chat templates.
    var chatTemplateNames: [String] { tokenizer?.chatTemplateNames ?? [] }

    /// Prepares a prompt. Throws for a text or a conversation if no tokenizer is loaded, and for a conversation that
    /// the chat template refuses.
    package func prepare(_ input: PromptInput) throws(RequestError) -> PreparedPrompt {
        let whole = try tokenised(input.content)
        let kept = input.truncation?.kept(of: whole, maxModelLength: maxModelLength) ?? whole
        return PreparedPrompt(tokenIDs: kept, text: kept.count == whole.count ? input.content.givenText : nil)
    }

    /// The token ids of a prompt of the library.
    package func tokenIDs(of prompt: Prompt) throws(RequestError) -> [TokenID] {
        try prepare(prompt.input).tokenIDs
    }

    private func tokenised(_ content: PromptInput.Content) throws(RequestError) -> [TokenID] {
        switch content {
        case .tokens(let ids): return ids
        case .text(let text, let addsSpecialTokens):
            return try tokenizer.required(for: "prompt").tokenizer.encode(text, addSpecialTokens: addsSpecialTokens)
        case .chat(let chat, let addsSpecialTokens):
            let model = try tokenizer.required(for: "messages")
            guard !chat.messages.isEmpty else { throw .invalid("messages", "at least one message is needed") }
            return try model.tokenizer.encode(model.render(chat), addSpecialTokens: addsSpecialTokens)
        }
    }
}

/// A prompt in the form for the engine.
package struct PreparedPrompt: Sendable {
    package let tokenIDs: [TokenID]
    /// The prompt's text; nil if the prompt was not given as a text, and if it was truncated.
    package let text: String?
}

extension ModelTokenizer? {
    /// The tokenizer. Throws an error of `parameter`, which needs it, if none is loaded.
    func required(for parameter: String) throws(RequestError) -> ModelTokenizer {
        guard let tokenizer = self else {
            throw .invalid(parameter, "no tokenizer is loaded: prompts and outputs must be token ids")
        }
        return tokenizer
    }
}
