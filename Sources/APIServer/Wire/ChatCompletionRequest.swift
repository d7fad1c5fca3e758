import EngineTypes
import Needletail
import Support

/// The body of `POST /v1/chat/completions`.
struct ChatCompletionRequest: Sendable {
    var promptTokenIDs: [TokenID]
    var sampling: SamplingParams
    var choiceCount: Int
    var stream: StreamOptions
    /// The last message's text, where answers shall start with it.
    var echo: String
    var returnsTokenIDs: Bool
    var namesTokensByID: Bool
    var cacheSalt: String?

    init(_ fields: Fields, _ client: any EngineClient, _ options: ServerOptions) throws(RequestError) {
        var sampling = try SamplingFields.read(fields, client.info, options)
        stream = try StreamOptions(fields)
        returnsTokenIDs = try fields.bool("return_token_ids") ?? false
        namesTokensByID = try fields.bool("return_tokens_as_token_ids") ?? (client.input.tokenizer == nil)
        cacheSalt = try fields.string("cache_salt")
        let topCount = try fields.int("top_logprobs")
        if try fields.bool("logprobs") ?? false {
            sampling.logprobs = topCount ?? 0
        } else if let topCount, topCount != 0 {
            throw .invalid("top_logprobs", "needs logprobs to be true, got \(topCount)")
        }
        let maxTokens = try fields.int("max_tokens")
        sampling.maxTokens = try fields.int("max_completion_tokens") ?? maxTokens
        let chat = try ChatMessages.prompt(fields)
        let last = chat.messages.last?["content"]?.stringValue ?? ""
        let echoes = try fields.bool("echo") ?? false
        echo = echoes ? last : ""
        let addsSpecialTokens = try fields.bool("add_special_tokens") ?? false
        promptTokenIDs = try client.input.tokenIDs(of: chat, addSpecialTokens: addsSpecialTokens)
        choiceCount = try SamplingFields.choiceCount(fields, sampling, options)
        self.sampling = sampling
    }
}
