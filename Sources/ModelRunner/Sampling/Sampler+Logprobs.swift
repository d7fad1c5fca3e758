import EngineTypes
import Tensor

extension Sampler {
    func reports(_ request: InputBatch.Row, processed: Bool) -> Bool {
        request.sampling.logprobs != nil && mode(request.sampling).isProcessed == processed
    }

    private func mode(_ sampling: SamplingParams) -> LogprobsMode {
        sampling.logprobsMode ?? configuration.logprobsMode
    }

    /// What a request reports of its token; `logits` has one row.
    func logprobs(of token: TokenID, _ sampling: SamplingParams, _ logits: Tensor) -> PositionLogprobs {
        let normalizer = mode(sampling).isNormalized ? backend.rowStatistics(logits)[0].logSumExp : 0
        return logprobs(
            of: token, topCount: sampling.logprobs ?? 0, others: sampling.logprobTokenIDs, normalizer: normalizer,
            logits)
    }

    /// The same for prompt tokens, one per row of `logits`, always of the model's own.
    func promptLogprobs(of tokens: [TokenID], _ sampling: SamplingParams, _ logits: Tensor) -> [PositionLogprobs] {
        let statistics = mode(sampling).isNormalized ? backend.rowStatistics(logits) : []
        return backend.mapRows(tokens.count) { row, _ in
            logprobs(
                of: tokens[row], topCount: sampling.promptLogprobs ?? 0, others: nil,
                normalizer: statistics.isEmpty ? 0 : statistics[row].logSumExp, logits.rows(row..<row + 1))
        }
    }

    /// With the `topCount` most likely ones (-1: all), or with `others` in their place.
    private func logprobs(
        of token: TokenID, topCount: Int, others: [TokenID]?, normalizer: Float, _ logits: Tensor
    ) -> PositionLogprobs {
        func item(_ token: TokenID) -> TokenLogprob {
            let logit = backend.element(logits, row: 0, column: Int(token))
            return TokenLogprob(
                token: token, logprob: logit - normalizer, rank: backend.countAtLeast(logits, row: 0, value: logit))
        }
        if let others { return PositionLogprobs(sampled: item(token), top: others.map(item)) }
        let count = topCount == -1 ? vocabularySize : topCount
        let top = count == 0 ? [] : backend.topK(logits, row: 0, count: count)
        return PositionLogprobs(
            sampled: item(token),
            top: top.enumerated().map { place, element in
                TokenLogprob(token: TokenID(element.index), logprob: element.value - normalizer, rank: place + 1)
            })
    }
}
