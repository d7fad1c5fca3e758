/// The parameters that decide how the tokens of a request are chosen and when it ends, with vLLM's names, defaults and
/// ranges.
public struct SamplingParams: Hashable, Sendable {
    /// Sampling temperature; in [0, 2]. Below 1e-5, decoding is greedy.
    public var temperature: Float = 1
    /// Keeps the most likely tokens whose probabilities sum to at least this; in (0, 1].
    public var topP: Float = 1
    /// Number of most likely tokens to keep; 0 or -1 keeps all.
    public var topK: Int = 0
    /// Keeps tokens that are at least this fraction as likely as the most likely one; in [0, 1].
    public var minP: Float = 0
    /// Subtracted from the logit of each token that occurs in the output; in [-2, 2].
    public var presencePenalty: Float = 0
    /// Subtracted from the logit of a token once per occurrence in the output; in [-2, 2].
    public var frequencyPenalty: Float = 0
    /// Divides the positive logits, and multiplies the negative ones, of tokens that occur in the prompt or output;
    /// above 0.
    public var repetitionPenalty: Float = 1
    /// Values added to the logits of these tokens; finite.
    public var logitBias: [TokenID: Float] = [:]
    /// The only tokens that may be sampled, at least one; nil for all.
    public var allowedTokenIDs: [TokenID]?
    /// Texts that the output may not contain, as tokens at the beginning of a word or inside one.
    public var badWords: [String] = []
    /// Token sequences that the output may not contain; tokenising `badWords` adds to them.
    package var badTokenSequences: [[TokenID]] = []
    /// The random seed, which makes the output reproducible; nil draws a new seed per request.
    public var seed: Int64?
    /// Stop strings: the output ends before the first one, or after it with `includeStopStringInOutput`.
    public var stop: [String] = []
    /// Tokens that end the output, besides the end-of-sequence tokens of the model.
    public var stopTokenIDs: [TokenID] = []
    /// Whether the stop string or stop token stays part of the output text.
    public var includeStopStringInOutput = false
    /// Whether the output goes on after an end-of-sequence token.
    public var ignoreEOS = false
    /// Maximum number of output tokens, at least 1; nil fills the context.
    public var maxTokens: Int? = 16
    /// Minimum number of output tokens: before it, end-of-sequence and stop tokens are not chosen and stop strings are
    /// ignored.
    public var minTokens: Int = 0
    /// Number of most likely tokens to report log-probabilities of, besides the chosen one; -1 for the whole
    /// vocabulary, nil for no log-probabilities.
    public var logprobs: Int?
    /// Number of most likely tokens to report log-probabilities of at each prompt token but the first, besides that
    /// token; -1 for the whole vocabulary, nil for no log-probabilities.
    public var promptLogprobs: Int?
    /// Tokens to report log-probabilities of instead of the most likely ones, at most 128; requires `logprobs`.
    public var logprobTokenIDs: [TokenID]?
    /// The values that log-probabilities report; nil for the setting of the engine.
    public var logprobsMode: LogprobsMode?
    /// The repetition that ends the output; nil for none.
    public var repetitionDetection: RepetitionDetection?
    /// Maximum number of thinking tokens, after which the end marker is forced; nil or -1 for no limit.
    public var thinkingTokenBudget: Int?
    /// Whether special tokens are left out of the output text.
    public var skipSpecialTokens = true
    /// Whether spaces surround the special tokens in the output text; byte-level tokenizers have no such spaces.
    public var spacesBetweenSpecialTokens = true
    /// The logits processors that the request chooses by name, in the order in which they apply.
    public var logitsProcessors: [LogitsProcessorCall] = []
    /// Arguments for processors registered with the engine. An argument named after a processor, such as
    /// `dry_multiplier`, also selects that processor.
    public var extraArguments: [String: ExtraArgument] = [:]

    /// Creates parameters with vLLM's defaults.
    public init() {}

    /// Creates parameters with these values, and with vLLM's defaults for the others.
    public init(
        temperature: Float = 1, topP: Float = 1, topK: Int = 0, minP: Float = 0, seed: Int64? = nil,
        maxTokens: Int? = 16
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.minP = minP
        self.seed = seed
        self.maxTokens = maxTokens
    }

    /// Parameters for greedy decoding of at most `maxTokens` tokens; nil fills the context.
    public static func greedy(maxTokens: Int? = 16) -> SamplingParams {
        SamplingParams(temperature: 0, maxTokens: maxTokens)
    }

    /// Decoding is greedy at temperatures below this.
    package static let greedyTemperature: Float = 1e-5

    /// The lowest temperature used for sampling; lower ones that are not greedy are raised to it.
    package static let leastTemperature: Float = 0.01

    /// The divisor of the logits when decoding is not greedy.
    package var effectiveTemperature: Float { max(temperature, Self.leastTemperature) }

    package var isGreedy: Bool { temperature < Self.greedyTemperature }

    package var hasPenalties: Bool { presencePenalty != 0 || frequencyPenalty != 0 || repetitionPenalty != 1 }
}

/// The value of an argument that a request passes to a logits processor.
public enum ExtraArgument: Hashable, Sendable {
    /// An integer.
    case integer(Int)
    /// A floating-point number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list of values, which may be of different types.
    case list([ExtraArgument])

    /// The value as a number; nil for a text or a list.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value as an integer; nil for a text, a list or a number with a fraction.
    public var intValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
}
