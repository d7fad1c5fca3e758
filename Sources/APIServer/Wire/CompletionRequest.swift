import EngineTypes
import Needletail
import Support

/// The body of `POST /v1/completions`.
struct CompletionRequest: Sendable {
    let prompts: [[TokenID]]
    /// The prompts' texts; nil for a prompt that was given as token ids or truncated.
    let promptTexts: [String?]
    let common: GenerationFields
    /// Whether the answer begins with the prompt.
    let echoes: Bool
    /// Whether only the prompt is requested (`echo` and `max_tokens` 0). One token is computed for it and not shown.
    let isPromptOnly: Bool

    private static let defaultMaxTokens = 16

    init(_ fields: Fields, _ client: any EngineClient, _ options: ServerOptions) throws(RequestError) {
        var common = try GenerationFields(fields, client, options)
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
        let whole = try Self.prompts(fields, client.input, addsSpecialTokens, options)
        let truncation = common.truncation
        let prompts = whole.map {
            truncation?.apply(to: $0.tokenIDs, maxTokens: maxTokens ?? Self.defaultMaxTokens) ?? $0.tokenIDs
        }
        promptTexts = zip(whole, prompts).map { $0.tokenIDs == $1 ? $0.text : nil }
        self.prompts = prompts
        isPromptOnly = echoes && maxTokens == 0
        guard !isPromptOnly || common.sampling.logprobTokenIDs == nil else {
            throw fields.mistake("logprob_token_ids", "absent with echo and max_tokens 0: there is no output token")
        }
        // The default, or the rest of the context if that is smaller.
        let room = prompts.map { client.info.maxModelLength - $0.count }.min() ?? 1
        common.sampling.maxTokens = isPromptOnly ? 1 : maxTokens ?? max(1, min(Self.defaultMaxTokens, room))
        self.common = common
    }

    /// Reads `prompt`: a string, a list of token ids, or a list of either.
    private static func prompts(
        _ fields: Fields, _ input: InputProcessor, _ addsSpecialTokens: Bool, _ options: ServerOptions
    ) throws(RequestError) -> [(text: String?, tokenIDs: [TokenID])] {
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
        var prompts: [(text: String?, tokenIDs: [TokenID])] = []
        for item in items {
            switch item {
            case .string(let text):
                prompts.append((text, try input.tokenIDs(of: text, addSpecialTokens: addsSpecialTokens)))
            case .array(let elements): prompts.append((nil, try Fields.tokenIDs(elements, "prompt")))
            default: throw fields.mistake("prompt", "a string, a list of token ids, or a list of either")
            }
        }
        return prompts
    }
}
