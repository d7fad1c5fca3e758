import EngineTypes
import Support
import Tokenization

/// Converts prepared prompts and their parameters into requests for the engine: fills in defaults and validates.
package struct InputProcessor: Sendable {
    package let tokenizer: ModelTokenizer?
    /// Turns prompts into token ids.
    package let prompts: PromptPreparation
    package let limits: SamplingLimits
    /// Tokens that end an output unless the request ignores them.
    package let eosTokenIDs: [TokenID]
    private let registry: LogitsProcessorRegistry
    private let tokenTexts: TokenTexts?

    package init(
        tokenizer: ModelTokenizer?, limits: SamplingLimits, eosTokenIDs: [TokenID],
        registry: LogitsProcessorRegistry = LogitsProcessorRegistry()
    ) {
        self.tokenizer = tokenizer
        prompts = PromptPreparation(tokenizer: tokenizer, maxModelLength: limits.maxModelLength)
        self.limits = limits
        self.eosTokenIDs = eosTokenIDs
        self.registry = registry
        tokenTexts = tokenizer.map {
            TokenTexts(tokenizer: $0.tokenizer, vocabularySize: min($0.tokenizer.vocabularySize, limits.vocabularySize))
        }
    }

    /// Detokenises ids, including special tokens.
    package func text(of tokenIDs: [TokenID]) throws(RequestError) -> String {
        let tokenizer = try tokenizer.required(for: "tokens").tokenizer
        if let id = tokenIDs.first(where: { Int($0) >= limits.vocabularySize }) {
            throw .invalid("tokens", "token id \(id) is outside the vocabulary (0...\(limits.vocabularySize - 1))")
        }
        return tokenizer.decode(tokenIDs, skipSpecialTokens: false)
    }

    /// Validates the parameters of a call and prepares them for all of its outputs. `hasUnlimitedLogprobs`: lifts the
    /// limit on log-probabilities, for use by the server itself.
    package func prepare(
        _ sampling: SamplingParams, hasUnlimitedLogprobs: Bool = false
    ) throws(RequestError) -> PreparedSampling {
        var limits = limits
        if hasUnlimitedLogprobs { limits.maxLogprobs = -1 }
        try sampling.validate(limits)
        for processor in registry.global { try processor.validate(sampling) }
        if !sampling.stop.isEmpty { _ = try tokenizer.required(for: "stop") }
        let processors = try registry.processors(
            sampling.logitsProcessors, sampling.extraArguments, tokenTexts: tokenTexts)
        var sampling = sampling
        sampling.badTokenSequences += try badTokenSequences(sampling.badWords)
        return PreparedSampling(
            sampling: sampling, tokenRules: sampling.tokenRules(vocabularySize: limits.vocabularySize),
            stops: StopTexts(sampling.stop, includesStop: sampling.includeStopStringInOutput),
            processors: processors)
    }

    /// Creates the engine's request for one output of a tokenised prompt.
    package func request(
        _ tokenIDs: [TokenID], _ prepared: PreparedSampling, id: RequestID, seed: UInt64, arrivalTime: Double,
        context: RequestMetadata = RequestMetadata()
    ) throws(RequestError) -> EngineCoreRequest {
        let sampling = prepared.sampling
        let maxTokens = try maxTokens(after: tokenIDs, sampling)
        var work = GenerationWork(
            sampling: sampling, seed: sampling.seed.map { UInt64(bitPattern: $0) } ?? seed,
            choiceIndex: context.choiceIndex, eosTokenIDs: eosTokenIDs, maxTokens: maxTokens)
        work.tokenRules = prepared.tokenRules
        work.processors = context.processors
        for processor in prepared.processors { work.processors.append(try processor.make()) }
        var request = EngineCoreRequest(
            id: id, promptTokenIDs: tokenIDs, work: .generate(work), arrivalTime: arrivalTime,
            priority: context.priority, extraKeys: context.cacheSalt.map { [BlockExtraKey(.salt, $0.utf8)] } ?? [])
        request.caller = context.caller
        if let short = limits.shortRotaryLength, tokenIDs.count + maxTokens > short { request.useLongRotaryFactors() }
        return request
    }

    /// Throws if the logits processors of `outputCount` outputs of one prompt would take too much of each step.
    package func validateCost(of sampling: SamplingParams, outputCount: Int) throws(RequestError) {
        try registry.validateCalls(of: sampling, outputCount: outputCount)
    }

    /// Maximum tokens of all bad words of a request: each step may compare all of them with the end of each output.
    private static let maximumBadWordTokens = 8192

    /// Tokenises bad words as they are written inside a word, and after a space if that takes as many tokens.
    private func badTokenSequences(_ words: [String]) throws(RequestError) -> [[TokenID]] {
        guard !words.isEmpty else { return [] }
        let tokenizer = try tokenizer.required(for: "bad_words").tokenizer
        var sequences: [[TokenID]] = []
        for word in words {
            let bare = word.drop { $0 == " " }
            let inside = tokenizer.encode(String(bare), addSpecialTokens: false)
            let after = tokenizer.encode(" " + bare, addSpecialTokens: false)
            sequences.append(inside)
            if after.first != inside.first, after.count == inside.count { sequences.append(after) }
        }
        sequences.removeAll(where: \.isEmpty)
        let tokenCount = sequences.reduce(0) { $0 + $1.count }
        guard tokenCount <= Self.maximumBadWordTokens else {
            throw .invalid(
                "bad_words",
                "may have at most \(Self.maximumBadWordTokens) tokens in all, with and without a space before each, "
                    + "got \(tokenCount)")
        }
        return sequences
    }

    /// Maximum number of output tokens: the requested number, or what the context leaves. Throws for a prompt that
    /// cannot be served, and for more tokens than fit.
    func maxTokens(after tokenIDs: [TokenID], _ sampling: SamplingParams) throws(RequestError) -> Int {
        try validate(tokenIDs)
        let room = limits.maxModelLength - tokenIDs.count
        let bound = limits.maxNewTokens ?? room
        guard let maxTokens = sampling.maxTokens else { return min(room, bound) }
        guard maxTokens <= room else {
            throw RequestError(
                .contextLengthExceeded, parameter: "max_tokens",
                "the prompt has \(tokenIDs.count) tokens, so max_tokens may be at most \(room) "
                    + "(context of \(limits.maxModelLength)), got \(maxTokens)")
        }
        return min(maxTokens, bound)
    }

    private func validate(_ tokenIDs: [TokenID]) throws(RequestError) {
        guard !tokenIDs.isEmpty else { throw .invalid("prompt", "must not be empty") }
        guard tokenIDs.count < limits.maxModelLength else {
            throw RequestError(
                .contextLengthExceeded, parameter: "prompt",
                "must be shorter than the context of \(limits.maxModelLength) tokens, got \(tokenIDs.count)")
        }
        if let id = tokenIDs.first(where: { Int($0) >= limits.vocabularySize }) {
            throw .invalid("prompt", "token id \(id) is outside the vocabulary (0...\(limits.vocabularySize - 1))")
        }
    }
}
