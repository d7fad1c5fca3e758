import EngineTypes
import Needletail
import Support

/// The body of `POST /v1/chat/completions`.
struct ChatCompletionRequest: Sendable {
    let prompt: PromptInput
    let common: GenerationFields
    /// Text that answers begin with: with `echo`, the last message's if it has the answers' role; otherwise empty.
    let echo: String
    /// Role of the answers.
    let role: String

    init(_ fields: Fields, _ info: EngineInfo, _ options: ServerOptions) throws(RequestError) {
        var common = try GenerationFields(fields, info, options)
        let topCount = try fields.int("top_logprobs")
        if try fields.bool("logprobs") ?? false {
            common.sampling.logprobs = topCount ?? 0
        } else if let topCount, topCount != 0 {
            throw .invalid("top_logprobs", "needs logprobs to be true, got \(topCount)")
        }
        let maxTokens = try fields.int("max_tokens")
        let maxCompletionTokens = try fields.int("max_completion_tokens")
        common.sampling.maxTokens = maxCompletionTokens ?? maxTokens
        common.parameterNames = ["logprobs": "top_logprobs", "prompt": "messages"]
        if maxCompletionTokens != nil { common.parameterNames["max_tokens"] = "max_completion_tokens" }
        let chat = try ChatMessages.prompt(fields, options)
        let last = chat.messages.last
        let lastRole = last?["role"]?.stringValue ?? options.responseRole
        role = chat.addsGenerationPrompt ? options.responseRole : lastRole
        let isEchoed = try fields.bool("echo") ?? false && lastRole == role
        echo = isEchoed ? MessageContent(last?["content"] ?? .null).text : ""
        let addsSpecialTokens = try fields.bool("add_special_tokens") ?? false
        prompt = PromptInput(
            .chat(chat, addsSpecialTokens: addsSpecialTokens),
            truncation: common.truncation?.leaving(outputTokens: common.sampling.maxTokens))
        self.common = common
    }
}
