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
    /// Special tokens leave no text.
    public var skipSpecialTokens = true

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

    package var isGreedy: Bool { temperature < Self.greedyTemperature }
}
