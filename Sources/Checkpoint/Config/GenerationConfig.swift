/// What a model's `generation_config.json` says about sampling; nil for what it leaves open.
package struct GenerationConfig: Sendable, Hashable {
    /// Every one ends a sequence.
    package var eosTokenIDs: [Int] = []
    package var bosTokenID: Int?
    package var padTokenID: Int?
    package var doSample: Bool?
    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?
    package var minP: Double?
    package var repetitionPenalty: Double?
    /// Output tokens of any request.
    package var maxNewTokens: Int?

    package init() {}

    /// Reads the file's members. `max_length`, which counts the prompt too, is the request's business and left out.
    package init(_ fields: JSONFields) throws(LoadError) {
        let ids = 0...Int(Int32.max)
        eosTokenIDs = try fields.tokenIDs("eos_token_id") ?? []
        // A list of start tokens occurs; only its first can start a sequence.
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
