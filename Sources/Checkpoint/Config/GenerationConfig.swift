/// The sampling parameters in a model's `generation_config.json`; nil for those that it does not set.
package struct GenerationConfig: Sendable, Hashable {
    /// Ids of the tokens that end a sequence.
    package var eosTokenIDs: [Int] = []
    /// Id of the token that starts a sequence.
    package var bosTokenID: Int?
    /// Id of the padding token.
    package var padTokenID: Int?
    /// Whether to sample; false means greedy decoding.
    package var doSample: Bool?
    /// Divisor of the logits, from 0.
    package var temperature: Double?
    /// Cumulative probability of the most likely tokens to sample from, 0...1.
    package var topP: Double?
    /// Number of most likely tokens to sample from.
    package var topK: Int?
    /// Minimum probability of a token relative to the most likely one, 0...1.
    package var minP: Double?
    /// Penalty for tokens of the prompt and the output; 1 has no effect.
    package var repetitionPenalty: Double?
    /// Maximum number of output tokens per request.
    package var maxNewTokens: Int?

    package init() {}

    /// Reads the file's members. `max_length` is ignored: it counts the prompt too, which is the request's business.
    package init(_ fields: JSONFields) throws(LoadError) {
        let ids = 0...Int(Int32.max)
        eosTokenIDs = try fields.tokenIDs("eos_token_id") ?? []
        // Some files list several start tokens; only the first can start a sequence.
        bosTokenID = try fields.tokenIDs("bos_token_id")?.first
        padTokenID = try fields.int("pad_token_id", in: -1...ids.upperBound).flatMap { $0 < 0 ? nil : $0 }
        doSample = try fields.bool("do_sample")
        temperature = try fields.double("temperature", in: 0...1e6)
        topP = try fields.double("top_p", in: 0...1)
        topK = try fields.int("top_k", in: -1...ids.upperBound)
        minP = try fields.double("min_p", in: 0...1)
        repetitionPenalty = try fields.double("repetition_penalty", in: 0...1e6)
        maxNewTokens = try fields.int("max_new_tokens", in: 1...ids.upperBound)
    }
}
