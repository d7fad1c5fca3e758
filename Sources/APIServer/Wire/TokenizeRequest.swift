import EngineTypes
import Needletail

/// The body of `POST /tokenize`.
struct TokenizeRequest: Sendable {
    let prompt: PromptInput
    /// Whether the answer has the tokens' texts, too.
    let returnsTexts: Bool

    init(_ fields: Fields, _ options: ServerOptions) throws(RequestError) {
        prompt = PromptInput(try Self.content(fields, options))
        returnsTexts = try fields.bool("return_token_strs") ?? false
    }

    private static func content(
        _ fields: Fields, _ options: ServerOptions
    ) throws(RequestError) -> PromptInput.Content {
        if fields["messages"] != nil {
            let chat = try ChatMessages.prompt(fields, options)
            return .chat(chat, addsSpecialTokens: try fields.bool("add_special_tokens") ?? false)
        }
        guard let text = try fields.string("prompt") else {
            throw .invalid("prompt", "is missing; prompt or messages is required")
        }
        return .text(text, addsSpecialTokens: try fields.bool("add_special_tokens") ?? true)
    }
}
