import EngineTypes
import Needletail
import Support

/// The sampling fields that completions and chat share.
enum SamplingFields {
    /// Parameters as the fields say, the model's recommendations where they say nothing.
    static func read(_ fields: Fields, _ info: EngineInfo) throws(RequestError) -> SamplingParams {
        try refuseUnsupported(fields)
        var sampling = info.defaultSampling
        if let value = try fields.float("temperature") { sampling.temperature = value }
        if let value = try fields.float("top_p") { sampling.topP = value }
        if let value = try fields.int("top_k") { sampling.topK = value }
        if let value = try fields.float("min_p") { sampling.minP = value }
        if let value = try fields.int("seed"), value != -1 { sampling.seed = Int64(value) }
        sampling.stop = try stop(fields)
        sampling.stopTokenIDs = try fields.tokenIDs("stop_token_ids") ?? []
        sampling.includeStopStringInOutput = try fields.bool("include_stop_str_in_output") ?? false
        sampling.ignoreEOS = try fields.bool("ignore_eos") ?? false
        sampling.minTokens = try fields.int("min_tokens") ?? 0
        sampling.skipSpecialTokens = try fields.bool("skip_special_tokens") ?? true
        sampling.promptLogprobs = try fields.int("prompt_logprobs")
        return sampling
    }

    /// How many outputs a prompt gets.
    static func choiceCount(_ fields: Fields, _ sampling: SamplingParams, _ limits: ServerOptions) throws(RequestError)
        -> Int
    {
        let count = try fields.int("n") ?? 1
        guard (1...limits.maxChoiceCount).contains(count) else {
            throw fields.mistake("n", "in 1...\(limits.maxChoiceCount) (--max-n)")
        }
        guard count == 1 || !sampling.isGreedy else {
            throw fields.mistake("n", "1 for greedy decoding (temperature 0)")
        }
        return count
    }

    private static func stop(_ fields: Fields) throws(RequestError) -> [String] {
        switch fields["stop"] {
        case nil: return []
        case .string(let text)?: return [text]
        case .array?: return try fields.strings("stop") ?? []
        default: throw fields.mistake("stop", "a string or a list of strings")
        }
    }

    /// Fields that change the output and that nothing here can do yet, with the values that change nothing.
    private static let unsupported: [(name: String, neutral: [JSONValue])] = [
        ("presence_penalty", [0, 0.0]), ("frequency_penalty", [0, 0.0]), ("repetition_penalty", [1, 1.0]),
        ("length_penalty", [1, 1.0]), ("use_beam_search", [false]), ("best_of", [1]), ("logit_bias", [[:]]),
        ("allowed_token_ids", []), ("bad_words", [[]]), ("logprob_token_ids", []), ("structured_outputs", []),
        ("response_format", [["type": "text"]]), ("tools", []), ("tool_choice", ["none"]), ("suffix", [""]),
        ("truncate_prompt_tokens", []), ("prompt_embeds", []), ("repetition_detection", []),
        ("thinking_token_budget", []), ("chat_template", []), ("reasoning_effort", []), ("priority", [0]),
        ("spaces_between_special_tokens", [true]), ("kv_transfer_params", []),
        ("mm_processor_kwargs", []), ("media_io_kwargs", []), ("stream_interval", [1]),
    ]

    private static func refuseUnsupported(_ fields: Fields) throws(RequestError) {
        for (name, neutral) in unsupported {
            guard let value = fields[name], !neutral.contains(value) else { continue }
            throw .invalid(name, "is not supported, got \(value.excerpt)")
        }
    }
}
