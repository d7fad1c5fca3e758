import EngineTypes
import Needletail
import Support

/// Reads the sampling fields that the generation routes share.
enum SamplingFields {
    /// Returns the requested parameters; those that are absent have the model's recommended values.
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
        sampling.spacesBetweenSpecialTokens = try fields.bool("spaces_between_special_tokens") ?? true
        sampling.promptLogprobs = try fields.count("prompt_logprobs")
        sampling.logprobTokenIDs = try fields.tokenIDs("logprob_token_ids").map(withoutRepeats)
        sampling.logprobsMode = try fields.choice("logprobs_mode")
        try readPenalties(fields, into: &sampling)
        sampling.logitBias = try logitBias(fields, vocabularySize: info.vocabularySize)
        sampling.allowedTokenIDs = try fields.tokenIDs("allowed_token_ids")
        sampling.badWords = try fields.strings("bad_words") ?? []
        sampling.repetitionDetection = try repetitionDetection(fields)
        sampling.thinkingTokenBudget = try fields.int("thinking_token_budget")
        sampling.logitsProcessors = try ProcessorFields.calls(fields)
        sampling.extraArguments = try ProcessorFields.extraArguments(fields)
        return sampling
    }

    private static func readPenalties(_ fields: Fields, into sampling: inout SamplingParams) throws(RequestError) {
        if let value = try fields.float("presence_penalty") { sampling.presencePenalty = value }
        if let value = try fields.float("frequency_penalty") { sampling.frequencyPenalty = value }
        if let value = try fields.float("repetition_penalty") { sampling.repetitionPenalty = value }
    }

    /// `logit_bias`: biases by token id, clamped to -100...100. An error lists all wrong members at once.
    private static func logitBias(_ fields: Fields, vocabularySize: Int) throws(RequestError) -> [TokenID: Float] {
        var biases: [TokenID: Float] = [:]
        var strangers: [String] = []
        var nonNumbers: [String] = []
        for (name, value) in try fields.object("logit_bias")?.members.map({ $0 }) ?? [] {
            guard let token = TokenID(name), Int(token) < vocabularySize else {
                strangers.append("\"\(name.prefix(40))\"")
                continue
            }
            guard let bias = value.doubleValue else {
                nonNumbers.append("\(value.excerpt) for token \(token)")
                continue
            }
            biases[token] = Float(min(max(bias, -100), 100))
        }
        guard strangers.isEmpty else {
            throw .invalid(
                "logit_bias",
                "must have token ids below the vocabulary size of \(vocabularySize) as names, got "
                    + strangers.messageList)
        }
        guard nonNumbers.isEmpty else {
            throw .invalid("logit_bias", "must have numbers as values, got " + nonNumbers.messageList)
        }
        return biases
    }

    private static func withoutRepeats(_ ids: [TokenID]) -> [TokenID] {
        var seen: Set<TokenID> = []
        return ids.filter { seen.insert($0).inserted }
    }

    private static func repetitionDetection(_ fields: Fields) throws(RequestError) -> RepetitionDetection? {
        guard let members = try fields.object("repetition_detection") else { return nil }
        let own = Fields(members, prefix: "repetition_detection.")
        return RepetitionDetection(
            maxPatternSize: try own.int("max_pattern_size") ?? 0, minPatternSize: try own.int("min_pattern_size") ?? 0,
            minCount: try own.int("min_count") ?? 0)
    }

    private static func stop(_ fields: Fields) throws(RequestError) -> [String] {
        switch fields["stop"] {
        case nil: return []
        case .string(let text)?: return [text]
        case .array?: return try fields.strings("stop") ?? []
        default: throw fields.mistake("stop", "a string or a list of strings")
        }
    }

    /// Unsupported fields that would change the output, with the values that have no effect.
    private static let unsupported: [(name: String, neutral: [JSONValue])] = [
        ("structured_outputs", []), ("response_format", [["type": "text"]]), ("tools", []), ("tool_choice", ["none"]),
        ("suffix", [""]), ("prompt_embeds", []), ("chat_template", []),
        ("kv_transfer_params", []), ("ec_transfer_params", []), ("mm_processor_kwargs", [[:]]),
        ("media_io_kwargs", [[:]]),
    ]

    private static func refuseUnsupported(_ fields: Fields) throws(RequestError) {
        for (name, neutral) in unsupported {
            guard let value = fields[name], !neutral.contains(value) else { continue }
            throw .invalid(name, "is not supported, got \(value.excerpt)")
        }
    }
}
