/// How the tokens of one request are chosen and when it ends. Names, defaults and ranges are vLLM's.
public struct SamplingParams: Hashable, Sendable {
    /// 0 (below 1e-5) is greedy.
    public var temperature: Float = 1
    /// Keeps the most likely tokens whose probabilities sum to at least this; (0, 1].
    public var topP: Float = 1
    /// Keeps the most likely tokens; 0 or -1 keeps all.
    public var topK: Int = 0
    /// Keeps tokens at least this times as likely as the most likely one; [0, 1].
    public var minP: Float = 0
    /// Taken off the logit of each token that the output has already; [-2, 2].
    public var presencePenalty: Float = 0
    /// Taken off it as often as the output has the token; [-2, 2].
    public var frequencyPenalty: Float = 0
    /// Divides the logits above zero, and multiplies those below, of tokens that prompt or output have already; > 0.
    public var repetitionPenalty: Float = 1
    /// Added to the logits of these tokens.
    public var logitBias: [TokenID: Float] = [:]
    /// Nothing but these tokens; nil for all.
    public var allowedTokenIDs: [TokenID]?
    /// Texts that the output may not contain, as tokens at a word's beginning or inside.
    public var badWords: [String] = []
    /// The same as token sequences. What tokenises `badWords` adds to them.
    package var badTokenSequences: [[TokenID]] = []
    /// Fixes the draws; nil takes a new seed for each request.
    public var seed: Int64?
    /// Texts that end the output; the output ends before them.
    public var stop: [String] = []
    /// Tokens that end the output, besides the model's end-of-sequence tokens.
    public var stopTokenIDs: [TokenID] = []
    /// The stop text or token stays part of the output text.
    public var includeStopStringInOutput = false
    /// End-of-sequence tokens do not end the output.
    public var ignoreEOS = false
    /// At most this many output tokens; nil fills the context.
    public var maxTokens: Int? = 16
    /// Until there are this many output tokens, end-of-sequence and stop tokens are not chosen and stop texts not seen.
    public var minTokens: Int = 0
    /// Besides the chosen token's, the log-probabilities of this many most likely tokens; -1 for the whole vocabulary.
    public var logprobs: Int?
    /// The same for each prompt token but the first.
    public var promptLogprobs: Int?
    /// Log-probabilities of these tokens in place of the most likely ones.
    public var logprobTokenIDs: [TokenID]?
    /// What log-probabilities are taken of; nil takes the engine's setting.
    public var logprobsMode: LogprobsMode?
    /// Ends an output that repeats itself.
    public var repetitionDetection: RepetitionDetection?
    /// Tokens between the marks of thinking at most, then its end is forced; nil or -1 for no limit.
    public var thinkingTokenBudget: Int?
    /// Special tokens leave no text.
    public var skipSpecialTokens = true
    /// Special tokens that leave text stand between spaces. Byte-level tokenizers have no such spaces.
    public var spacesBetweenSpecialTokens = true
    /// Logits processors by name, in the order in which they apply.
    public var logitsProcessors: [LogitsProcessorCall] = []
    /// What processors registered with the engine may ask for; `dry_multiplier` and the like choose one as well.
    public var extraArguments: [String: ExtraArgument] = [:]

    public init() {}

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

    /// Greedy decoding of `maxTokens` tokens.
    public static func greedy(maxTokens: Int? = 16) -> SamplingParams {
        SamplingParams(temperature: 0, maxTokens: maxTokens)
    }

    /// Below this a temperature means greedy.
    package static let greedyTemperature: Float = 1e-5

    /// A temperature that is not greedy but below this counts as this.
    package static let leastTemperature: Float = 0.01

    /// What logits are divided by where decoding is not greedy.
    package var effectiveTemperature: Float { max(temperature, Self.leastTemperature) }

    package var isGreedy: Bool { temperature < Self.greedyTemperature }

    package var hasPenalties: Bool { presencePenalty != 0 || frequencyPenalty != 0 || repetitionPenalty != 1 }
}

/// A value that a request hands to a logits processor.
public enum ExtraArgument: Hashable, Sendable {
    case integer(Int)
    case number(Double)
    case string(String)
    case list([ExtraArgument])

    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value as an integer; a number counts where it is one.
    public var intValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
}
