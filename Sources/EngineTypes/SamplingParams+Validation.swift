/// What validation must know of the model and the server.
package struct SamplingLimits: Hashable, Sendable {
    package var vocabularySize: Int
    package var maxModelLength: Int
    /// The largest `logprobs`; -1 for the vocabulary.
    package var maxLogprobs: Int
    package var maxStopStrings: Int

    package init(vocabularySize: Int, maxModelLength: Int, maxLogprobs: Int = 20, maxStopStrings: Int = 64) {
        self.vocabularySize = vocabularySize
        self.maxModelLength = maxModelLength
        self.maxLogprobs = maxLogprobs
        self.maxStopStrings = maxStopStrings
    }
}

extension SamplingParams {
    /// Throws for the first parameter out of its range, naming it, its value and what is allowed.
    package func validate(_ limits: SamplingLimits) throws(RequestError) {
        try validateDistribution()
        try validateLength()
        try validateStops(limits)
        try validateLogprobs(logprobs, name: "logprobs", limits)
        try validateLogprobs(promptLogprobs, name: "prompt_logprobs", limits)
    }

    private func validateDistribution() throws(RequestError) {
        guard temperature.isFinite, temperature >= 0 else {
            throw .invalid("temperature", "must be a finite number >= 0, got \(temperature)")
        }
        guard topP > 0, topP <= 1 else { throw .invalid("top_p", "must be in (0, 1], got \(topP)") }
        guard topK >= -1 else { throw .invalid("top_k", "must be 0 or -1 (off), or at least 1, got \(topK)") }
        guard minP >= 0, minP <= 1 else { throw .invalid("min_p", "must be in [0, 1], got \(minP)") }
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
        guard !stop.contains("") else { throw .invalid("stop", "an empty stop string is not allowed") }
        for id in stopTokenIDs where Int(id) >= limits.vocabularySize {
            throw .invalid(
                "stop_token_ids", "token id \(id) is out of the vocabulary (0...\(limits.vocabularySize - 1))")
        }
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
}
