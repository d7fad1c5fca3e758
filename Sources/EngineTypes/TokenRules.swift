/// A request's biases, allowed tokens and bad words, prepared for the sampler. Made once and shared by all outputs of a
/// call, because the lists may be as long as the vocabulary.
package final class TokenRules: Sendable {
    /// One bit per token of the vocabulary, set for the tokens of `allowed_token_ids`; nil without such a list.
    package let allowed: [UInt32]?
    /// The tokens of `logit_bias`, in ascending order.
    package let biasedTokens: [TokenID]
    /// One bias per biased token.
    package let biases: [Float]
    /// Bad words of a single token, which are always banned.
    package let bannedTokens: [TokenID]
    /// Longer bad words, keyed by their second-to-last token.
    private let bannedSequences: [TokenID: [[TokenID]]]

    package init(_ sampling: SamplingParams, vocabularySize: Int) {
        allowed = sampling.allowedTokenIDs.map { tokens in
            var words = [UInt32](repeating: 0, count: (vocabularySize + 31) / 32)
            for token in tokens { words[Int(token) / 32] |= 1 << (token % 32) }
            return words
        }
        biasedTokens = sampling.logitBias.keys.sorted()
        biases = biasedTokens.map { sampling.logitBias[$0] ?? 0 }
        bannedTokens = sampling.badTokenSequences.filter { $0.count == 1 }.map { $0[0] }
        bannedSequences = Dictionary(grouping: sampling.badTokenSequences.filter { $0.count > 1 }) { $0[$0.count - 2] }
    }

    /// Returns the last token of each bad word whose other tokens are at the end of the output.
    package func tokensThatWouldComplete(_ output: ArraySlice<TokenID>) -> [TokenID] {
        guard let last = output.last, let sequences = bannedSequences[last] else { return [] }
        return sequences.compactMap { sequence in
            output.suffix(sequence.count - 1).elementsEqual(sequence.dropLast()) ? sequence.last : nil
        }
    }
}

extension SamplingParams {
    /// Returns nil for a request without biases, allowed tokens and bad words.
    package func tokenRules(vocabularySize: Int) -> TokenRules? {
        guard !logitBias.isEmpty || allowedTokenIDs != nil || !badTokenSequences.isEmpty else { return nil }
        return TokenRules(self, vocabularySize: vocabularySize)
    }
}
