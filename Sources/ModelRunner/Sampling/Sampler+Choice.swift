import EngineTypes
import Support
import Tensor

extension Sampler {
    /// Chooses the row's token. Throws where there is none to choose.
    func choose(_ row: SamplerRow) throws(RequestError) -> SampledTokens {
        let request = row.request
        let needsCopy = reports(request, processed: true) || !request.processors.isEmpty
        let drawn = needsCopy ? row.workspace.copy : nil
        if let drawn { backend.copyLogits(row.logits, row: 0, to: drawn) }
        let choice = try choice(request, row.logits)
        if let drawn {
            let context = request.context
            backend.withLogits(drawn, row: 0) { elements in
                for processor in request.processors { processor.didChoose(choice.token, by: elements.span, context) }
            }
        }
        var result = SampledTokens(id: request.id, tokenIDs: [choice.token], logprobs: [])
        guard request.sampling.logprobs != nil else { return result }
        if let raw = row.raw {
            result.logprobs = [logprobs(of: choice.token, request.sampling, raw)]
        } else if let drawn {
            choice.mask(drawn, temperature: temperature(request), backend)
            result.logprobs = [logprobs(of: choice.token, request.sampling, drawn)]
        }
        return result
    }

    /// What the draw divides the logits by.
    private func temperature(_ request: InputBatch.Row) -> Float {
        request.sampling.isGreedy || scalesLogits(request) ? 1 : request.sampling.effectiveTemperature
    }

    /// The row may be overwritten.
    private func choice(_ request: InputBatch.Row, _ logits: Tensor) throws(RequestError) -> Choice {
        let (argmax, maximum) = backend.argmax(logits, row: 0)
        guard maximum > -.infinity else { throw noChoice(for: request, logits) }
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

// MARK: Rows without a choice

extension Sampler {
    /// Why no token of the row can be chosen: the request's own rules ban all, or the logits are no numbers.
    private func noChoice(for request: InputBatch.Row, _ logits: Tensor) -> RequestError {
        let position = "output token \(request.outputTokenCount + 1)"
        let hasNaN = backend.withLogits(logits, row: 0) { elements in elements.indices.contains { elements[$0].isNaN } }
        let rules = request.banningRules
        guard !hasNaN, let first = rules.first else {
            let state = hasNaN ? "not numbers (NaN)" : "all minus infinity"
            return RequestError(.modelFailure, "the logits of \(position) are \(state): no token can be chosen")
        }
        let reason = rules.count == 1 ? "" : " (it together with \(rules.dropFirst().joined(separator: ", ")))"
        return .invalid(first, "leaves no token to choose for \(position)\(reason)")
    }
}

extension InputBatch.Row {
    /// The parameters that may have banned tokens at the row's position.
    fileprivate var banningRules: [String] {
        var names: [String] = []
        if sampling.allowedTokenIDs != nil { names.append("allowed_token_ids") }
        if !sampling.badTokenSequences.isEmpty { names.append("bad_words") }
        if outputTokenCount < sampling.minTokens { names.append("min_tokens") }
        if !sampling.logitBias.isEmpty { names.append("logit_bias") }
        if !processors.isEmpty { names.append("logits_processors") }
        return names
    }
}
