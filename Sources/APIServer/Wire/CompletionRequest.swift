import EngineTypes
import Needletail
import Support

/// The body of `POST /v1/completions`.
struct CompletionRequest: Sendable {
    let prompts: [PromptInput]
    private(set) var common: GenerationFields
    /// Whether the answer begins with the prompt.
    let echoes: Bool
    /// Whether only the prompt is requested (`echo` and `max_tokens` 0). One token is computed for it and not shown.
    let isPromptOnly: Bool

    private static let defaultMaxTokens = 16

    init(_ fields: Fields, _ info: EngineInfo, _ options: ServerOptions) throws(RequestError) {
        var common = try GenerationFields(fields, info, options)
        echoes = try fields.bool("echo") ?? false
        common.sampling.logprobs = try fields.count("logprobs")
        if echoes, let count = common.sampling.logprobs {
            guard common.choices.beams == nil else {
                throw fields.mistake("echo", "false with use_beam_search and logprobs")
            }
            common.sampling.promptLogprobs = common.sampling.promptLogprobs ?? count
        }
        let maxTokens = try fields.int("max_tokens")
        let addsSpecialTokens = try fields.bool("add_special_tokens") ?? true
        let truncation = common.truncation?.leaving(outputTokens: maxTokens ?? Self.defaultMaxTokens)
        prompts = try Self.prompts(fields, addsSpecialTokens, options).map { PromptInput($0, truncation: truncation) }
        isPromptOnly = echoes && maxTokens == 0
        guard !isPromptOnly || common.sampling.logprobTokenIDs == nil else {
            throw fields.mistake("logprob_token_ids", "absent with echo and max_tokens 0: there is no output token")
        }
        common.sampling.maxTokens = isPromptOnly ? 1 : maxTokens
        self.common = common
    }

    /// Sets `max_tokens` if the request does not: to the default, or to the rest of the context if that is smaller.
    mutating func setDefaultMaxTokens(after prompts: [PreparedPrompt], maxModelLength: Int) {
        guard common.sampling.maxTokens == nil else { return }
        let room = prompts.map { maxModelLength - $0.tokenIDs.count }.min() ?? 1
        common.sampling.maxTokens = max(1, min(Self.defaultMaxTokens, room))
    }

    /// Reads `prompt`: a string, a list of token ids, or a list of either.
    private static func prompts(
        _ fields: Fields, _ addsSpecialTokens: Bool, _ options: ServerOptions
    ) throws(RequestError) -> [PromptInput.Content] {
        guard let prompt = fields["prompt"] else { throw .invalid("prompt", "is missing") }
        let items: [JSONValue]
        switch prompt {
        case .string: items = [prompt]
        case .array(let elements):
            guard !elements.isEmpty else { throw .invalid("prompt", "must not be empty") }
            items = elements[0].intValue == nil && elements[0].doubleValue == nil ? elements : [prompt]
        default: throw fields.mistake("prompt", "a string, a list of token ids, or a list of either")
        }
        guard items.count <= options.maxPromptCount else {
            throw .invalid("prompt", "at most \(options.maxPromptCount) prompts are allowed, got \(items.count)")
        }
        var prompts: [PromptInput.Content] = []
        for item in items {
            switch item {
            case .string(let text): prompts.append(.text(text, addsSpecialTokens: addsSpecialTokens))
            case .array(let elements): prompts.append(.tokens(try Fields.tokenIDs(elements, "prompt")))
            default: throw fields.mistake("prompt", "a string, a list of token ids, or a list of either")
            }
        }
        return prompts
    }
}
