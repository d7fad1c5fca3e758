/// What all requests of an engine have in common where tokens are sampled.
package struct SamplerConfig: Sendable {
    /// Processors of all requests, in the order in which they apply.
    package var processors: [any BatchLogitsProcessor]
    /// What log-probabilities are taken of unless a request says it.
    package var logprobsMode: LogprobsMode
    package var thinkingMarks: ThinkingMarks?

    package init(
        processors: [any BatchLogitsProcessor] = [], logprobsMode: LogprobsMode = .rawLogprobs,
        thinkingMarks: ThinkingMarks? = nil
    ) {
        self.processors = processors
        self.logprobsMode = logprobsMode
        self.thinkingMarks = thinkingMarks
    }
}
