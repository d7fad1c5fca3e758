/// A request as the engine's thread takes it: tokenised, validated and with defaults filled in.
package struct EngineCoreRequest: Sendable {
    package var id: RequestID
    package var promptTokenIDs: [TokenID]
    package var sampling: SamplingParams
    /// Seed of the random draws, taken from `sampling.seed` or newly drawn.
    package var seed: UInt64
    /// Index among the `n` outputs of one prompt, which is part of the key of the random draws.
    package var choiceIndex: Int
    /// Tokens that end the output, unless `sampling.ignoreEOS` is set.
    package var eosTokenIDs: [TokenID]
    /// Maximum output tokens; prompt and output together fit the context.
    package var maxTokens: Int
    /// Arrival in seconds on a monotonic clock; breaks ties between equal priorities.
    package var arrivalTime: Double
    /// Lower values run first; ignored unless the policy is `priority`.
    package var priority: Int
    /// The caller whose turn the request takes. Nil for requests from this process, which together count as one caller.
    package var caller: Caller?
    /// Keys besides the tokens that decide which cached blocks the request shares.
    package var extraKeys: [BlockExtraKey]
    /// Logits processors that belong to this request.
    package var processors: [any LogitsProcessor] = []
    /// Token lists of `sampling`, prepared for the sampler; nil if it has none.
    package var tokenRules: TokenRules?
    /// The request that computes the same prompt for this one; nil for a leader and for single requests.
    package var leader: RequestID?

    package init(
        id: RequestID, promptTokenIDs: [TokenID], sampling: SamplingParams, seed: UInt64 = 0,
        choiceIndex: Int = 0, eosTokenIDs: [TokenID] = [], maxTokens: Int, arrivalTime: Double = 0, priority: Int = 0,
        extraKeys: [BlockExtraKey] = []
    ) {
        self.id = id
        self.promptTokenIDs = promptTokenIDs
        self.sampling = sampling
        self.seed = seed
        self.choiceIndex = choiceIndex
        self.eosTokenIDs = eosTokenIDs
        self.maxTokens = maxTokens
        self.arrivalTime = arrivalTime
        self.priority = priority
        self.extraKeys = extraKeys
    }

    /// Whether the final hidden states of the whole prompt are needed, as for prompt log-probabilities. Computed ones
    /// are then kept, and a cached prefix counts only if it has them.
    package var needsHiddenStates: Bool { sampling.promptLogprobs != nil }
}
