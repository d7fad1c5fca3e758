import EngineTypes
import Tensor

/// Plans how the backend turns rows of logits into tokens, and converts its choices. The order is vLLM's: raw logprobs;
/// token masks; bad words, minimum length, biases; processors that can change the argmax; end of thinking; penalties;
/// greedy choice or temperature; other processors; min-p, top-k, top-p; draw.
struct Sampler: Sendable {
    private let backend: any Backend
    private let configuration: SamplerConfig
    private let editors: [any LogitEditor] = [AllowedTokens(), BadWords(), MinTokens(), LogitBias()]
    private let thinkingBudget: ThinkingBudget?
    private let memory: any SamplingMemory

    init(backend: any Backend, vocabularySize: Int, configuration: SamplerConfig) {
        self.backend = backend
        self.configuration = configuration
        thinkingBudget = configuration.thinkingMarks.map { ThinkingBudget(marks: $0) }
        memory = backend.makeSamplingMemory(vocabularySize: vocabularySize)
    }

    /// Chooses a token for each row of `logits`, which are overwritten. A row in which no token can be chosen gets an
    /// error.
    func sample(_ rows: [SamplingRow], logits: Tensor, bitmask: TokenBitmask?) -> [SampledTokens] {
        let choices = backend.sample(logits, plan(rows, bitmask), memory)
        return zip(rows, choices).map { row, choice in
            switch choice {
            case .token(let token, let scores):
                SampledTokens(id: row.id, tokenIDs: [token], logprobs: scores.map { [PositionLogprobs($0)] } ?? [])
            case .none(let hasNaN):
                SampledTokens(id: row.id, tokenIDs: [], logprobs: [], error: row.noChoice(hasNaN: hasNaN))
            }
        }
    }

    /// Returns the log-probabilities of prompt tokens, one per row of `logits`, always from the unprocessed logits.
    func promptLogprobs(of tokens: [TokenID], _ sampling: SamplingParams, _ logits: Tensor) -> [PositionLogprobs] {
        let report = LogprobReport(
            isNormalized: mode(sampling).isNormalized, topCount: sampling.promptLogprobs ?? 0)
        return backend.score(logits, tokens, report).map { PositionLogprobs($0) }
    }

    private func mode(_ sampling: SamplingParams) -> LogprobsMode {
        sampling.logprobsMode ?? configuration.logprobsMode
    }
}

// MARK: The plan

extension Sampler {
    private func plan(_ rows: [SamplingRow], _ bitmask: TokenBitmask?) -> SamplingPlan {
        var plan = SamplingPlan(rows: rows.map { row(for: $0, bitmask) })
        plan.earlyEdit = batchEdit(rows, keepingArgmax: false)
        plan.lateEdit = batchEdit(rows, keepingArgmax: true)
        return plan
    }

    private func row(for row: SamplingRow, _ bitmask: TokenBitmask?) -> SamplingPlan.Row {
        let sampling = row.sampling
        var plan = SamplingPlan.Row()
        plan.mask = bitmask?.row(of: row.id)
        for editor in editors { editor.append(to: &plan.edits, for: row) }
        plan.forcedToken = thinkingBudget?.forcedToken(for: row)
        if sampling.hasPenalties { plan.penalties = LogitPenalties(sampling, row.history) }
        if !sampling.isGreedy {
            plan.temperature = sampling.effectiveTemperature
            (plan.topK, plan.topP, plan.minP) = (sampling.topK, sampling.topP, sampling.minP)
            plan.draw = row.uniform(draw: 0)
        }
        if let count = sampling.logprobs {
            let mode = mode(sampling)
            plan.report = LogprobReport(
                isProcessed: mode.isProcessed, isNormalized: mode.isNormalized, topCount: count,
                tokens: sampling.logprobTokenIDs)
        }
        addProcessors(of: row, to: &plan)
        return plan
    }

    /// Processors that keep the argmax see logits divided by the temperature. Without such processors, the division is
    /// part of the draw.
    private func addProcessors(of row: SamplingRow, to plan: inout SamplingPlan.Row) {
        let processors = row.work.processors
        plan.scalesLogits =
            processors.contains(where: \.keepsArgmax) || configuration.processors.contains(where: \.keepsArgmax)
        guard !processors.isEmpty else { return }
        let context = row.context
        func edit(_ processor: any LogitsProcessor) -> SamplingPlan.RowEdit {
            { logits in processor.apply(to: &logits, context) }
        }
        plan.earlyEdits = processors.filter { !$0.keepsArgmax }.map(edit)
        plan.lateEdits = processors.filter(\.keepsArgmax).map(edit)
        plan.didChoose = { token, logits in
            for processor in processors { processor.didChoose(token, by: logits, context) }
        }
    }

    /// The edit by processors of all requests. Processors that keep the argmax skip greedy requests.
    private func batchEdit(_ rows: [SamplingRow], keepingArgmax: Bool) -> SamplingPlan.BatchEdit? {
        guard configuration.processors.contains(where: { $0.keepsArgmax == keepingArgmax }) else { return nil }
        let processors = configuration.processors.filter { $0.keepsArgmax == keepingArgmax }
        let indices = rows.indices.filter { !keepingArgmax || !rows[$0].sampling.isGreedy }
        guard !indices.isEmpty else { return nil }
        let contexts = indices.map { rows[$0].context }
        return { edit in
            var batch = LogitsBatch(requests: contexts) { index, body in edit(indices[index], body) }
            for processor in processors { processor.apply(to: &batch) }
        }
    }
}

extension LogitPenalties {
    fileprivate init(_ sampling: SamplingParams, _ history: HistoryView) {
        self.init(
            repetition: sampling.repetitionPenalty, frequency: sampling.frequencyPenalty,
            presence: sampling.presencePenalty, history: history.tokenIDs, promptTokenCount: history.promptTokenCount)
    }
}

extension PositionLogprobs {
    fileprivate init(_ scores: PositionScores) {
        self.init(sampled: TokenLogprob(scores.chosen), top: scores.others.map { TokenLogprob($0) })
    }
}

extension TokenLogprob {
    fileprivate init(_ score: TokenScore) { self.init(token: score.token, logprob: score.score, rank: score.rank) }
}

// MARK: Rows without a choice

extension SamplingRow {
    /// The reason why no token can be chosen: the request's own rules ban all tokens, or the logits are not numbers.
    fileprivate func noChoice(hasNaN: Bool) -> RequestError {
        let position = "output token \(history.outputTokenCount + 1)"
        let rules = banningRules
        guard !hasNaN, let first = rules.first else {
            let state = hasNaN ? "not numbers (NaN)" : "all minus infinity"
            return RequestError(.modelFailure, "the logits of \(position) are \(state): no token can be chosen")
        }
        let reason = rules.count == 1 ? "" : " (it together with \(rules.dropFirst().joined(separator: ", ")))"
        return .invalid(first, "leaves no token to choose for \(position)\(reason)")
    }

    /// The parameters that may have banned tokens at the position.
    private var banningRules: [String] {
        var names: [String] = []
        if sampling.allowedTokenIDs != nil { names.append("allowed_token_ids") }
        if !sampling.badTokenSequences.isEmpty { names.append("bad_words") }
        if history.outputTokenCount < sampling.minTokens { names.append("min_tokens") }
        if !sampling.logitBias.isEmpty { names.append("logit_bias") }
        if !work.processors.isEmpty { names.append("logits_processors") }
        return names
    }
}
