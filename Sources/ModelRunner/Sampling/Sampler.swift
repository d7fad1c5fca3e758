import EngineTypes
import Layers
import Support
import Tensor

/// Turns rows of logits into tokens. The order of operations is vLLM's: raw log-probabilities, token masks, processors
/// that can change the most likely token, greedy choice or temperature, min-p, top-k, top-p, draw.
struct Sampler {
    private let backend: any Backend
    private let vocabularySize: Int

    /// Processors in the order in which they apply.
    private let processors: [any LogitsProcessor] = [MinTokens()]

    init(backend: any Backend, vocabularySize: Int) {
        self.backend = backend
        self.vocabularySize = vocabularySize
    }

    /// Chooses a token for one row of `logits`, which is overwritten.
    func sample(
        _ request: SamplingRow, logits: Tensor, row: Int, bitmask: ArraySlice<UInt32>?, scratch: Scratch
    ) -> SampledTokens {
        scratch.scope {
            let raw = request.sampling.logprobs == nil ? nil : copy(logits, row: row, scratch: scratch)
            for processor in processors {
                let edits = processor.edits(for: request)
                if !edits.isEmpty { backend.editLogits(logits, row: row, edits: edits) }
            }
            if let bitmask { backend.maskLogits(logits, row: row, allowed: bitmask) }
            let token = choose(request, logits: logits, row: row)
            let logprobs =
                if let raw, let topCount = request.sampling.logprobs {
                    self.logprobs(of: [token], topCount: topCount, logits: raw)
                } else {
                    [PositionLogprobs]()
                }
            return SampledTokens(id: request.id, tokenIDs: [token], logprobs: logprobs)
        }
    }

    /// Log-probabilities of one token a row of `logits`, with the most likely ones (-1: all).
    func logprobs(of tokens: [TokenID], topCount: Int, logits: Tensor) -> [PositionLogprobs] {
        let statistics = backend.rowStatistics(logits)
        return tokens.enumerated().map { row, token in
            let logSumExp = statistics[row].logSumExp
            let logit = backend.element(logits, row: row, column: Int(token))
            let sampled = TokenLogprob(
                token: token, logprob: logit - logSumExp, rank: backend.countAtLeast(logits, row: row, value: logit))
            let count = topCount == -1 ? vocabularySize : topCount
            let top = count == 0 ? [] : backend.topK(logits, row: row, count: count)
            return PositionLogprobs(
                sampled: sampled,
                top: top.enumerated().map { place, element in
                    TokenLogprob(
                        token: TokenID(element.index), logprob: element.value - logSumExp, rank: place + 1)
                })
        }
    }

    private func copy(_ logits: Tensor, row: Int, scratch: Scratch) -> Tensor {
        let copy = scratch.take(1, vocabularySize)
        backend.gatherRows(logits, rows: [Int32(row)], output: copy)
        return copy
    }

    /// The row may be overwritten.
    private func choose(_ request: SamplingRow, logits: Tensor, row: Int) -> TokenID {
        let (argmax, maximum) = backend.argmax(logits, row: row)
        let sampling = request.sampling
        guard !sampling.isGreedy, maximum.isFinite else { return TokenID(argmax) }
        return draw(request, logits: logits.rows(row..<row + 1), maximum: maximum)
    }

    /// `logits`: a single row, which may be overwritten.
    private func draw(_ request: SamplingRow, logits: Tensor, maximum: Float) -> TokenID {
        let sampling = request.sampling
        let draw = CounterRandom(seed: request.seed).uniform(
            child: request.choiceIndex, position: request.tokenIDs.count)
        if sampling.topK > 0, sampling.topK < vocabularySize {
            return Candidates(topK: sampling.topK, of: logits, maximum: maximum, sampling, backend).pick(draw)
        }
        // Below this a token is less than minP times as likely as the most likely one.
        let cut = sampling.minP > 0 ? Float(Math.log(Double(sampling.minP))) * sampling.temperature : -.infinity
        let total = backend.exponentiate(
            logits, row: 0, maximum: maximum, inverseTemperature: 1 / sampling.temperature, threshold: maximum + cut)
        if sampling.topP < 1 {
            return Candidates(topP: sampling.topP, ofWeights: logits, total: total, backend).pick(draw)
        }
        return TokenID(backend.pickWeighted(logits, row: 0, target: draw * total))
    }
}
