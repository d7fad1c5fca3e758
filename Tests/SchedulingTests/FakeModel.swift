import EngineTypes

/// A model whose memory can be checked: a layer stores, for each position, a digest of all tokens up to it, and the
/// next token is a function of the digest of the whole history.
enum FakeModel {
    static let vocabularySize: UInt64 = 50
    /// The digest of an empty history, and the content of a zeroed state.
    static let start: UInt64 = 0

    static func digest(_ history: UInt64, _ token: TokenID) -> UInt64 {
        var mixed = (history &+ UInt64(token) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ (mixed >> 29)
    }

    /// `digests[i]` covers the first `i` tokens.
    static func digests(_ tokens: [TokenID]) -> [UInt64] {
        var digests = [start]
        for token in tokens { digests.append(digest(digests.last!, token)) }
        return digests
    }

    static func nextToken(_ history: UInt64) -> TokenID { TokenID(history % vocabularySize) }

    static func promptLogprobs(_ tokens: [TokenID], at position: Int) -> PositionLogprobs {
        let digest = digests(Array(tokens[..<position])).last!
        let logprob = -Float(digest % 1000)
        return PositionLogprobs(
            sampled: TokenLogprob(token: tokens[position], logprob: logprob, rank: 1), top: [])
    }

    /// Returns the output of a request that runs alone, token by token.
    static func run(_ request: EngineCoreRequest, maxModelLength: Int) -> (tokens: [TokenID], reason: FinishReason) {
        var history = digests(request.promptTokenIDs).last!
        var tokens: [TokenID] = []
        while true {
            let token = nextToken(history)
            history = digest(history, token)
            tokens.append(token)
            if tokens.count >= request.sampling.minTokens {
                if request.generation.eosTokenIDs.contains(token) || request.sampling.stopTokenIDs.contains(token) {
                    return (tokens, .stop)
                }
            }
            let length = request.promptTokenIDs.count + tokens.count
            if tokens.count == request.generation.maxTokens || length >= maxModelLength { return (tokens, .length) }
        }
    }
}
