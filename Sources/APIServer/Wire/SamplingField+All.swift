import EngineTypes
import Needletail

extension SamplingField {
    /// All sampling fields, in the order in which requests are read.
    package static let all: [SamplingField] =
        distribution + endings + texts + logprobs + logits + limits + processors

    private static let tokenID = Schema.integer(0...Int(UInt32.max))

    private static let distribution: [SamplingField] = [
        SamplingField("temperature", .number(0...2), Fields.float) { $0.temperature = $1 }
            .described("Divides the logits; 0 is greedy decoding."),
        SamplingField("top_p", .number(above: 0, upTo: 1), Fields.float) { $0.topP = $1 }
            .described("Keeps the most likely tokens whose probabilities sum to at least this."),
        SamplingField("top_k", .integer(-1...Int(Int32.max)), Fields.int) { $0.topK = $1 }
            .described("Number of most likely tokens to keep; 0 or -1 keeps all."),
        SamplingField("min_p", .number(0...1), Fields.float) { $0.minP = $1 }
            .described("Keeps tokens that are at least this fraction as likely as the most likely one."),
        SamplingField("seed", .integer(Int.min...Int.max), Fields.int) { if $1 != -1 { $0.seed = Int64($1) } }
            .described(
                "Makes the output reproducible: random draws depend only on the seed and the position. -1 stands for no "
                    + "seed."),
    ]

    private static let endings: [SamplingField] = [
        SamplingField("stop", .any(.nonEmptyString(), .array(.nonEmptyString())), Fields.stop) { $0.stop = $1 }
            .described(
                "Strings that end the output, with at most 64 KiB together. The one that completes first wins; of "
                    + "several that complete together, the longest."),
        SamplingField("stop_token_ids", .array(tokenID), Fields.tokenIDs(_:)) { $0.stopTokenIDs = $1 }
            .described("Tokens that end the output, besides the model's end-of-sequence tokens."),
        SamplingField("include_stop_str_in_output", .boolean, Fields.bool) { $0.includeStopStringInOutput = $1 }
            .described("Whether the stop string or stop token stays in the text."),
        SamplingField("ignore_eos", .boolean, Fields.bool) { $0.ignoreEOS = $1 }
            .described("Whether the output continues after an end-of-sequence token."),
        SamplingField("min_tokens", .integer(from: 0), Fields.int) { $0.minTokens = $1 }
            .described(
                "Minimum number of output tokens: until then, no end-of-sequence or stop token is chosen. A stop string "
                    + "must end after them but may begin within them."),
    ]

    private static let texts: [SamplingField] = [
        SamplingField("skip_special_tokens", .boolean, Fields.bool) { $0.skipSpecialTokens = $1 }
            .described("Whether special tokens are left out of the text; true by default."),
        SamplingField("spaces_between_special_tokens", .boolean, Fields.bool) { $0.spacesBetweenSpecialTokens = $1 }
            .described("Whether spaces surround special tokens in the text; true by default."),
    ]

    private static let logprobs: [SamplingField] = [
        SamplingField("prompt_logprobs", .integer(from: -1), Fields.count) { $0.promptLogprobs = $1 }
            .described("Number of most likely tokens to report at each prompt token; limited like `logprobs`."),
        SamplingField("logprob_token_ids", .array(tokenID, minimum: 1), Fields.tokenIDs(_:)) {
            $0.logprobTokenIDs = $1.withoutRepeats
        }
        .described(
            "Tokens to report with the sampled one, at most 128, instead of the most likely ones; needs `logprobs`."),
        SamplingField("logprobs_mode", .choice(LogprobsMode.self), Fields.logprobsMode) { $0.logprobsMode = $1 }
            .described("The values that log-probabilities report; the default is `--logprobs-mode`."),
    ]

    private static let logits: [SamplingField] = [
        SamplingField("presence_penalty", .number(-2...2), Fields.float) { $0.presencePenalty = $1 }
            .described("Subtracted from the logit of each token that occurs in the output."),
        SamplingField("frequency_penalty", .number(-2...2), Fields.float) { $0.frequencyPenalty = $1 }
            .described("Subtracted from the logit of a token once per occurrence in the output."),
        SamplingField("repetition_penalty", .number(above: 0), Fields.float) { $0.repetitionPenalty = $1 }
            .described(
                "Divides the positive logits, and multiplies the negative ones, of tokens that occur in the prompt or "
                    + "output."),
        SamplingField("logit_bias", .map(of: .number)) { fields, info, sampling throws(RequestError) in
            sampling.logitBias = try fields.logitBias("logit_bias", vocabularySize: info.vocabularySize) ?? [:]
        }
        .described("Values added to the logits of tokens, by token id; clamped to [-100, 100]."),
        SamplingField("allowed_token_ids", .array(tokenID), Fields.tokenIDs(_:)) { $0.allowedTokenIDs = $1 }
            .described("The only tokens that may be chosen; at least one."),
        SamplingField("bad_words", .array(.nonEmptyString()), Fields.strings) { $0.badWords = $1 }
            .described("Texts that the output may not contain, at the beginning of a word or inside one."),
    ]

    private static let limits: [SamplingField] = [
        SamplingField("repetition_detection", repetitionDetection, Fields.repetitionDetection) {
            $0.repetitionDetection = $1
        }
        .described(
            "Ends an output whose last tokens are one pattern of `min_pattern_size` to `max_pattern_size` tokens, "
                + "`min_count` times in a row; the finish reason is `repetition`."),
        SamplingField("thinking_token_budget", .integer(from: -1), Fields.int) { $0.thinkingTokenBudget = $1 }
            .described(
                "Number of thinking tokens after which the end of thinking is forced; -1 stands for no limit. The "
                    + "server needs `--reasoning-config`."),
    ]

    private static let repetitionDetection = Schema.object([
        "max_pattern_size": .integer(from: 0), "min_pattern_size": .integer(from: 0), "min_count": .integer(from: 0),
    ])

    private static let processors: [SamplingField] = [
        SamplingField("logits_processors", .array(.any(.string, processorCall)), Fields.processorCalls) {
            $0.logitsProcessors = $1
        }
        .described("Logits processors to apply, in order: names, or objects with `name` and `args`."),
        SamplingField("vllm_xargs", .freeObject, Fields.extraArguments) { $0.extraArguments = $1 }
            .described(
                "Arguments for processors registered at start-up; `dry_multiplier` and the like select a processor, too."
            ),
    ]

    private static let processorCall = Schema.object(["name": .string, "args": .freeObject], required: ["name"])
}

extension [TokenID] {
    fileprivate var withoutRepeats: [TokenID] {
        var seen: Set<TokenID> = []
        return filter { seen.insert($0).inserted }
    }
}
