import EngineTypes
import Layers
import Support
import Tensor

/// Turns rows of logits into tokens. The order of operations is vLLM's: raw log-probabilities; token masks; bad words,
/// minimum length, biases; processors that can change the most likely token; the end of thinking; penalties; greedy choice
/// or temperature; other processors; min-p, top-k, top-p; draw.
struct Sampler {
    private let backend: any Backend
    private let vocabularySize: Int
    private let configuration: SamplerConfig
    private let editors: [any LogitEditor] = [BadWords(), MinTokens(), LogitBias()]
    private let thinkingBudget: ThinkingBudget?
    private var penalties = Penalties()

    init(backend: any Backend, vocabularySize: Int, configuration: SamplerConfig) {
        self.backend = backend
        self.vocabularySize = vocabularySize
        self.configuration = configuration
        thinkingBudget = configuration.thinkingMarks.map { ThinkingBudget(marks: $0) }
    }

    /// Chooses a token for each row of `logits`, which are overwritten.
    mutating func sample(
        _ requests: [InputBatch.Row], logits: Tensor, bitmask: TokenBitmask?, scratch: Scratch
    ) -> [SampledTokens] {
        scratch.scope {
            var raw: [Int: Tensor] = [:]
            for (row, request) in requests.enumerated() where reports(request, processed: false) {
                raw[row] = copy(logits, row: row, scratch)
            }
            for (row, request) in requests.enumerated() { restrict(request, bitmask, logits, row: row) }
            applyBatchProcessors(to: requests, logits, keepingArgmax: false)
            for (row, request) in requests.enumerated() { penalize(request, logits, row: row) }
            applyTemperature(requests, logits)
            return requests.enumerated().map { row, request in
                scratch.scope { sample(request, logits: logits.rows(row..<row + 1), raw: raw[row], scratch) }
            }
        }
    }

    private func copy(_ logits: Tensor, row: Int, _ scratch: Scratch) -> Tensor {
        let copy = scratch.take(1, vocabularySize)
        backend.gatherRows(logits, rows: [Int32(row)], output: copy)
        return copy
    }
}

// MARK: Changes to the logits

extension Sampler {
    private func restrict(_ request: InputBatch.Row, _ bitmask: TokenBitmask?, _ logits: Tensor, row: Int) {
        if let mask = bitmask?.row(of: request.id) { backend.maskLogits(logits, row: row, allowed: mask) }
        if let allowed = request.sampling.allowedTokenIDs {
            backend.maskLogits(logits, row: row, allowed: bits(of: allowed)[...])
        }
        for editor in editors {
            let edits = editor.edits(for: request)
            if !edits.isEmpty { backend.editLogits(logits, row: row, edits: edits) }
        }
    }

    private func bits(of tokens: [TokenID]) -> [UInt32] {
        var words = [UInt32](repeating: 0, count: (vocabularySize + 31) / 32)
        for token in tokens { words[Int(token) / 32] |= 1 << UInt32(token % 32) }
        return words
    }

    private mutating func penalize(_ request: InputBatch.Row, _ logits: Tensor, row: Int) {
        apply(request.processors.filter { !$0.keepsArgmax }, request, logits, row: row)
        if let token = thinkingBudget?.forcedToken(for: request) {
            backend.forceToken(token, logits: logits, row: row)
        }
        let sampling = request.sampling
        guard sampling.hasPenalties else { return }
        backend.penalizeLogits(
            logits, row: row, penalties.tokens(of: request, vocabularySize: vocabularySize),
            repetition: sampling.repetitionPenalty, frequency: sampling.frequencyPenalty,
            presence: sampling.presencePenalty)
    }

    /// Processors that keep the most likely token see logits over the temperature; for requests without any, the draw
    /// itself does the division.
    private func applyTemperature(_ requests: [InputBatch.Row], _ logits: Tensor) {
        for (row, request) in requests.enumerated() where scalesLogits(request) {
            let temperature = request.sampling.effectiveTemperature
            backend.withLogits(logits, row: row) { elements in
                for index in elements.indices { elements[index] /= temperature }
            }
            apply(request.processors.filter(\.keepsArgmax), request, logits, row: row)
        }
        applyBatchProcessors(to: requests, logits, keepingArgmax: true)
    }

    private func scalesLogits(_ request: InputBatch.Row) -> Bool {
        guard !request.sampling.isGreedy else { return false }
        return request.processors.contains(where: \.keepsArgmax)
            || configuration.processors.contains(where: \.keepsArgmax)
    }

    private func apply(_ processors: [any LogitsProcessor], _ request: InputBatch.Row, _ logits: Tensor, row: Int) {
        guard !processors.isEmpty else { return }
        let context = request.context
        backend.withLogits(logits, row: row) { elements in
            for processor in processors { processor.apply(to: &elements, context) }
        }
    }

    /// Those that keep the most likely token see no greedy requests.
    private func applyBatchProcessors(to requests: [InputBatch.Row], _ logits: Tensor, keepingArgmax: Bool) {
        guard configuration.processors.contains(where: { $0.keepsArgmax == keepingArgmax }) else { return }
        let rows = requests.indices.filter { !keepingArgmax || !requests[$0].sampling.isGreedy }
        guard !rows.isEmpty else { return }
        var batch = LogitsBatch(requests: rows.map { requests[$0].context }) { [backend] index, body in
            backend.withLogits(logits, row: rows[index]) { elements in body(&elements) }
        }
        for processor in configuration.processors where processor.keepsArgmax == keepingArgmax {
            processor.apply(to: &batch)
        }
    }
}

// MARK: The choice

extension Sampler {
    /// `logits`: the request's row.
    private func sample(_ request: InputBatch.Row, logits: Tensor, raw: Tensor?, _ scratch: Scratch) -> SampledTokens {
        let needsCopy = reports(request, processed: true) || !request.processors.isEmpty
        let drawn = needsCopy ? copy(logits, row: 0, scratch) : nil
        let choice = choose(request, logits: logits)
        if let drawn {
            let context = request.context
            backend.withLogits(drawn, row: 0) { elements in
                for processor in request.processors { processor.didChoose(choice.token, by: elements.span, context) }
            }
        }
        var result = SampledTokens(id: request.id, tokenIDs: [choice.token], logprobs: [])
        guard request.sampling.logprobs != nil else { return result }
        if let raw {
            result.logprobs = logprobs(of: [choice.token], request.sampling, raw)
        } else if let drawn {
            choice.mask(drawn, temperature: temperature(request), backend)
            result.logprobs = logprobs(of: [choice.token], request.sampling, drawn)
        }
        return result
    }

    /// What the draw divides the logits by.
    private func temperature(_ request: InputBatch.Row) -> Float {
        request.sampling.isGreedy || scalesLogits(request) ? 1 : request.sampling.effectiveTemperature
    }

    /// The row may be overwritten.
    private func choose(_ request: InputBatch.Row, logits: Tensor) -> Choice {
        let (argmax, maximum) = backend.argmax(logits, row: 0)
        let greedy = Choice(token: TokenID(argmax), candidates: .all)
        guard !request.sampling.isGreedy, maximum.isFinite else { return greedy }
        return draw(request, logits: logits, maximum: maximum)
    }

    private func draw(_ request: InputBatch.Row, logits: Tensor, maximum: Float) -> Choice {
        let sampling = request.sampling
        let temperature = temperature(request)
        let draw = request.uniform(draw: 0)
        // Below this a token is less than minP times as likely as the most likely one.
        let cut = sampling.minP > 0 ? Float(Math.log(Double(sampling.minP))) * temperature : -.infinity
        if sampling.topK > 0, sampling.topK < vocabularySize {
            let candidates = Candidates(
                topK: sampling.topK, of: logits, maximum: maximum, temperature: temperature, sampling, backend)
            return Choice(token: candidates.pick(draw), candidates: .only(candidates.tokens))
        }
        let total = backend.exponentiate(
            logits, row: 0, maximum: maximum, inverseTemperature: 1 / temperature, threshold: maximum + cut)
        if sampling.topP < 1 {
            let candidates = Candidates(topP: sampling.topP, ofWeights: logits, total: total, backend)
            return Choice(token: candidates.pick(draw), candidates: .only(candidates.tokens))
        }
        let token = TokenID(backend.pickWeighted(logits, row: 0, target: draw * total))
        return Choice(token: token, candidates: .atLeast(maximum + cut))
    }
}

// MARK: Log-probabilities

extension Sampler {
    private func mode(_ sampling: SamplingParams) -> LogprobsMode {
        sampling.logprobsMode ?? configuration.logprobsMode
    }

    private func reports(_ request: InputBatch.Row, processed: Bool) -> Bool {
        request.sampling.logprobs != nil && mode(request.sampling).isProcessed == processed
    }

    /// One token a row of `logits`, as the request asks for it.
    private func logprobs(of tokens: [TokenID], _ sampling: SamplingParams, _ logits: Tensor) -> [PositionLogprobs] {
        logprobs(
            of: tokens, topCount: sampling.logprobs ?? 0, others: sampling.logprobTokenIDs,
            isNormalized: mode(sampling).isNormalized, logits)
    }

    /// The same for prompt tokens, always of what the model says.
    func promptLogprobs(of tokens: [TokenID], _ sampling: SamplingParams, _ logits: Tensor) -> [PositionLogprobs] {
        logprobs(
            of: tokens, topCount: sampling.promptLogprobs ?? 0, others: nil, isNormalized: mode(sampling).isNormalized,
            logits)
    }

    /// With the `topCount` most likely ones (-1: all), or with `others` in their place.
    private func logprobs(
        of tokens: [TokenID], topCount: Int, others: [TokenID]?, isNormalized: Bool, _ logits: Tensor
    ) -> [PositionLogprobs] {
        let statistics = isNormalized ? backend.rowStatistics(logits) : []
        return tokens.enumerated().map { row, token in
            let logSumExp = isNormalized ? statistics[row].logSumExp : 0
            func item(_ token: TokenID) -> TokenLogprob {
                let logit = backend.element(logits, row: row, column: Int(token))
                return TokenLogprob(
                    token: token, logprob: logit - logSumExp,
                    rank: backend.countAtLeast(logits, row: row, value: logit))
            }
            if let others { return PositionLogprobs(sampled: item(token), top: others.map(item)) }
            let count = topCount == -1 ? vocabularySize : topCount
            let top = count == 0 ? [] : backend.topK(logits, row: row, count: count)
            return PositionLogprobs(
                sampled: item(token),
                top: top.enumerated().map { place, element in
                    TokenLogprob(
                        token: TokenID(element.index), logprob: element.value - logSumExp, rank: place + 1)
                })
        }
    }
}
