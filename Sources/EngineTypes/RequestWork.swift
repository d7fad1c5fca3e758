/// The task of a request. The scheduler, the batch and the blocks treat all tasks alike; they differ only after the
/// forward pass.
package enum RequestWork: Sendable {
    /// Generates tokens that continue the prompt.
    case generate(GenerationWork)
    /// Computes a vector that represents the prompt.
    case pool(PoolingParams)

    /// The parameters of a generating request; nil for other work.
    package var generation: GenerationWork? {
        if case .generate(let work) = self { work } else { nil }
    }

    /// Whether log-probabilities of the prompt are requested.
    package var scoresPrompt: Bool { generation?.sampling.promptLogprobs != nil }
}

/// The parameters of a generating request: all that determines its output besides the prompt.
package struct GenerationWork: Sendable {
    package var sampling: SamplingParams
    /// Seed of the random draws, taken from `sampling.seed` or newly drawn.
    package var seed: UInt64
    /// Index among the `n` outputs of one prompt, which is part of the key of the random draws.
    package var choiceIndex: Int
    /// Tokens that end the output, unless `sampling.ignoreEOS` is set.
    package var eosTokenIDs: [TokenID]
    /// Maximum output tokens; prompt and output together fit the context.
    package var maxTokens: Int
    /// Logits processors that belong to this request. They live as long as the request, so they keep their state across
    /// preemptions.
    package var processors: [any LogitsProcessor] = []
    /// Token lists of `sampling`, prepared for the sampler; nil if it has none.
    package var tokenRules: TokenRules?

    package init(
        sampling: SamplingParams, seed: UInt64 = 0, choiceIndex: Int = 0, eosTokenIDs: [TokenID] = [], maxTokens: Int
    ) {
        self.sampling = sampling
        self.seed = seed
        self.choiceIndex = choiceIndex
        self.eosTokenIDs = eosTokenIDs
        self.maxTokens = maxTokens
    }
}

/// The parameters of pooling. The final hidden state of the last token represents the prompt.
package struct PoolingParams: Hashable, Sendable {
    /// Whether the vector is scaled to length 1.
    package var isNormalized: Bool

    package init(isNormalized: Bool = true) { self.isNormalized = isNormalized }
}
