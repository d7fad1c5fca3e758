/// The limits of the model and the server that parameters are validated against.
package struct SamplingLimits: Hashable, Sendable {
    package var vocabularySize: Int
    package var maxModelLength: Int
    /// Maximum output tokens of any request; larger values of `max_tokens` are reduced to it. Nil for no limit.
    package var maxNewTokens: Int?
    /// Requests that may become longer than this use the model's rotary factors for long ones; nil if there is one set.
    package var shortRotaryLength: Int?
    /// Maximum `logprobs`; -1 for the size of the vocabulary.
    package var maxLogprobs: Int
    package var maxStopStrings: Int
    /// Maximum size of all stop strings of a request together, in bytes.
    package var maxStopByteCount: Int
    package var maxBadWords: Int
    /// Whether the engine knows the tokens that begin and end thinking.
    package var knowsThinking: Bool

    package init(
        vocabularySize: Int, maxModelLength: Int, maxNewTokens: Int? = nil, maxLogprobs: Int = 20,
        maxStopStrings: Int = 64, maxStopByteCount: Int = 64 << 10, maxBadWords: Int = 256,
        knowsThinking: Bool = false
    ) {
        self.vocabularySize = vocabularySize
        self.maxModelLength = maxModelLength
        self.maxNewTokens = maxNewTokens
        self.maxLogprobs = maxLogprobs
        self.maxStopStrings = maxStopStrings
        self.maxStopByteCount = maxStopByteCount
        self.maxBadWords = maxBadWords
        self.knowsThinking = knowsThinking
    }
}

extension SamplingParams {
    /// Throws an error for the first parameter out of its range, with its name, its value and what is allowed.
    package func validate(_ limits: SamplingLimits) throws(RequestError) {
        try validateDistribution()
        try validatePenalties()
        try validateTokens(limits)
        try validateLength()
        try validateStops(limits)
        try validateEndings(limits)
        var logprobsLimits = limits
        // The limit on the number of most likely tokens does not apply if the request names tokens instead.
        if logprobTokenIDs != nil { logprobsLimits.maxLogprobs = -1 }
        try validateLogprobs(logprobs, name: "logprobs", logprobsLimits)
        try validateLogprobs(promptLogprobs, name: "prompt_logprobs", limits)
        try validateLogprobTokens(limits)
    }

    private func validateDistribution() throws(RequestError) {
        guard temperature >= 0, temperature <= 2 else {
            throw .invalid("temperature", "must be in [0, 2], got \(temperature)")
        }
        guard topP > 0, topP <= 1 else { throw .invalid("top_p", "must be in (0, 1], got \(topP)") }
        guard topK >= -1 else { throw .invalid("top_k", "must be 0 or -1 (off), or at least 1, got \(topK)") }
        guard minP >= 0, minP <= 1 else { throw .invalid("min_p", "must be in [0, 1], got \(minP)") }
    }

    private func validatePenalties() throws(RequestError) {
        for (name, value) in [("presence_penalty", presencePenalty), ("frequency_penalty", frequencyPenalty)] {
            guard value >= -2, value <= 2 else { throw .invalid(name, "must be in [-2, 2], got \(value)") }
        }
        guard repetitionPenalty.isFinite, repetitionPenalty > 0 else {
            throw .invalid("repetition_penalty", "must be a finite number > 0, got \(repetitionPenalty)")
        }
    }

    private func validateTokens(_ limits: SamplingLimits) throws(RequestError) {
        try validateTokens(logitBias.keys.sorted(), "logit_bias", limits)
        if let bias = logitBias.values.first(where: { !$0.isFinite }) {
            throw .invalid("logit_bias", "must be finite numbers, got \(bias)")
        }
        if let allowedTokenIDs {
            guard !allowedTokenIDs.isEmpty else { throw .invalid("allowed_token_ids", "at least one token is needed") }
            try validateTokens(allowedTokenIDs, "allowed_token_ids", limits)
        }
        guard !badWords.contains("") else { throw .invalid("bad_words", "an empty string is not allowed") }
        guard badWords.count <= limits.maxBadWords else {
            throw .invalid("bad_words", "at most \(limits.maxBadWords) are allowed, got \(badWords.count)")
        }
    }

    private func validateTokens(_ ids: [TokenID], _ name: String, _ limits: SamplingLimits) throws(RequestError) {
        let strangers = ids.filter { Int($0) >= limits.vocabularySize }
        guard !strangers.isEmpty else { return }
        throw .invalid(
            name,
            "must be token ids below the vocabulary size of \(limits.vocabularySize), got "
                + strangers.map(String.init).messageList)
    }

    private func validateEndings(_ limits: SamplingLimits) throws(RequestError) {
        if let detection = repetitionDetection {
            let (largest, smallest) = (detection.maxPatternSize, detection.minPatternSize)
            guard largest >= 0, smallest >= 0, smallest <= largest else {
                throw .invalid(
                    "repetition_detection",
                    "needs 0 <= min_pattern_size <= max_pattern_size, got \(smallest) and \(largest)")
            }
            guard largest == 0 || detection.minCount >= 2 else {
                throw .invalid("repetition_detection", "min_count must be at least 2, got \(detection.minCount)")
            }
        }
        if let thinkingTokenBudget {
            guard thinkingTokenBudget >= -1 else {
                throw .invalid("thinking_token_budget", "must be -1 (none) or at least 0, got \(thinkingTokenBudget)")
            }
            guard thinkingTokenBudget == -1 || limits.knowsThinking else {
                throw .invalid("thinking_token_budget", "needs a server that was started with --reasoning-config")
            }
        }
    }

    private func validateLength() throws(RequestError) {
        if let maxTokens, maxTokens < 1 { throw .invalid("max_tokens", "must be at least 1, got \(maxTokens)") }
        guard minTokens >= 0 else { throw .invalid("min_tokens", "must be at least 0, got \(minTokens)") }
        if let maxTokens, minTokens > maxTokens {
            throw .invalid("min_tokens", "must be at most max_tokens (\(maxTokens)), got \(minTokens)")
        }
    }

    private func validateStops(_ limits: SamplingLimits) throws(RequestError) {
        guard stop.count <= limits.maxStopStrings else {
            throw .invalid("stop", "at most \(limits.maxStopStrings) stop strings are allowed, got \(stop.count)")
        }
        let byteCount = stop.reduce(0) { $0 + $1.utf8.count }
        guard byteCount <= limits.maxStopByteCount else {
            throw .invalid(
                "stop",
                "at most \(limits.maxStopByteCount) bytes are allowed in all stop strings together, got \(byteCount)")
        }
        guard !stop.contains("") else { throw .invalid("stop", "an empty stop string is not allowed") }
        guard stopTokenIDs.count <= limits.vocabularySize else {
            throw .invalid(
                "stop_token_ids",
                "may have at most as many tokens as the vocabulary (\(limits.vocabularySize)), got \(stopTokenIDs.count)"
            )
        }
        try validateTokens(stopTokenIDs, "stop_token_ids", limits)
    }

    private func validateLogprobs(_ count: Int?, name: String, _ limits: SamplingLimits) throws(RequestError) {
        guard let count else { return }
        guard count >= -1 else { throw .invalid(name, "must be -1 (all) or at least 0, got \(count)") }
        let allowed = limits.maxLogprobs == -1 ? limits.vocabularySize : limits.maxLogprobs
        let asked = count == -1 ? limits.vocabularySize : count
        guard asked <= allowed else {
            throw .invalid(name, "must be at most \(allowed) (--max-logprobs), got \(count)")
        }
    }

    private static let maximumLogprobTokens = 128

    private func validateLogprobTokens(_ limits: SamplingLimits) throws(RequestError) {
        guard let ids = logprobTokenIDs else { return }
        guard !ids.isEmpty else { throw .invalid("logprob_token_ids", "at least one token is needed") }
        guard ids.count <= Self.maximumLogprobTokens else {
            throw .invalid("logprob_token_ids", "at most \(Self.maximumLogprobTokens) are allowed, got \(ids.count)")
        }
        guard logprobs != nil else { throw .invalid("logprob_token_ids", "needs logprobs") }
        try validateTokens(ids, "logprob_token_ids", limits)
    }
}
