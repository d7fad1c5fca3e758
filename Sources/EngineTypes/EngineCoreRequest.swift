/// A request as the engine thread takes it: tokenised, validated, its defaults filled in.
package struct EngineCoreRequest: Sendable {
    package var id: RequestID
    package var promptTokenIDs: [TokenID]
    package var sampling: SamplingParams
    /// Keys the draws; from `sampling.seed` or new.
    package var seed: UInt64
    /// Which of the `n` outputs of one prompt this is: keys the draws too.
    package var choiceIndex: Int
    /// Tokens that end the output unless `sampling.ignoreEOS`.
    package var eosTokenIDs: [TokenID]
    /// Output tokens at most, so that prompt and output fit the context.
    package var maxTokens: Int
    /// Seconds on a monotonic clock; breaks ties between equal priorities.
    package var arrivalTime: Double
    /// Lower runs first; only under the priority policy.
    package var priority: Int
    /// The caller whose turn the request takes; nil for requests of this process, which count as one caller.
    package var caller: Caller?
    /// What besides the tokens decides which cached blocks the request shares.
    package var extraKeys: [BlockExtraKey]
    /// Logits processors of this request alone.
    package var processors: [any LogitsProcessor] = []
    /// `sampling`'s lists of tokens, prepared; nil without any.
    package var tokenRules: TokenRules?
    /// The request with the same prompt that computes it for both; nil for that one itself and for single requests.
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

    /// Prompt log-probabilities need the final hidden states of the whole prompt: those of what is computed are kept, and
    /// a cached prefix is of use where it has them.
    package var needsHiddenStates: Bool { sampling.promptLogprobs != nil }
}
