import EngineTypes
import Layers
import Tensor

/// Turns rows of logits into tokens. The order of operations is vLLM's: raw log-probabilities; token masks; bad words,
/// minimum length, biases; processors that can change the most likely token; the end of thinking; penalties; greedy choice
/// or temperature; other processors; min-p, top-k, top-p; draw.
///
/// The rows of a step are spread over the backend's threads. What a row gives depends on that row alone.
struct Sampler: Sendable {
    let backend: any Backend
    let vocabularySize: Int
    let configuration: SamplerConfig
    let editors: [any LogitEditor] = [AllowedTokens(), BadWords(), MinTokens(), LogitBias()]
    let thinkingBudget: ThinkingBudget?
    /// One per thread.
    private let workspaces: [SamplerWorkspace]

    init(backend: any Backend, vocabularySize: Int, configuration: SamplerConfig) {
        self.backend = backend
        self.vocabularySize = vocabularySize
        self.configuration = configuration
        thinkingBudget = configuration.thinkingMarks.map { ThinkingBudget(marks: $0) }
        workspaces = (0..<backend.threadCount).map { _ in SamplerWorkspace(vocabularySize: vocabularySize) }
    }

    /// Chooses a token for each row of `logits`, which are overwritten. A row without a choice gets an error.
    func sample(
        _ requests: [InputBatch.Row], logits: Tensor, bitmask: TokenBitmask?, scratch: Scratch
    ) -> [SampledTokens] {
        scratch.scope {
            let rows = SamplerRows(
                requests: requests, logits: logits, raw: takeRawCopies(for: requests, scratch), bitmask: bitmask,
                workspaces: workspaces)
            guard !configuration.processors.isEmpty else {
                return backend.mapRows(requests.count) { index, worker in
                    let row = rows.row(index, worker: worker)
                    restrict(row)
                    shape(row)
                    return sample(row)
                }
            }
            backend.forEachRow(requests.count) { restrict(rows.row($0, worker: $1)) }
            applyBatchProcessors(to: requests, logits, keepingArgmax: false)
            backend.forEachRow(requests.count) { shape(rows.row($0, worker: $1)) }
            applyBatchProcessors(to: requests, logits, keepingArgmax: true)
            return backend.mapRows(requests.count) { sample(rows.row($0, worker: $1)) }
        }
    }

    private func takeRawCopies(for requests: [InputBatch.Row], _ scratch: Scratch) -> [Tensor?] {
        guard requests.contains(where: { reports($0, processed: false) }) else { return [] }
        return requests.map { reports($0, processed: false) ? scratch.take(1, vocabularySize) : nil }
    }

    private func sample(_ row: SamplerRow) -> SampledTokens {
        do throws(RequestError) {
            return try choose(row)
        } catch {
            return SampledTokens(id: row.request.id, tokenIDs: [], logprobs: [], error: error)
        }
    }
}

// MARK: Changes to the logits

extension Sampler {
    private func restrict(_ row: SamplerRow) {
        if let raw = row.raw { backend.copyLogits(row.logits, row: 0, to: raw) }
        if let mask = row.mask { backend.maskLogits(row.logits, row: 0, allowed: mask) }
        for editor in editors { editor.edit(row.logits, of: row.request, backend) }
    }

    /// Processors that keep the most likely token see logits over the temperature; for requests without any, the draw
    /// itself does the division.
    private func shape(_ row: SamplerRow) {
        let request = row.request
        apply(request.processors.filter { !$0.keepsArgmax }, row)
        if let token = thinkingBudget?.forcedToken(for: request) {
            backend.forceToken(token, logits: row.logits, row: 0)
        }
        if request.sampling.hasPenalties {
            backend.penalizeLogits(
                row.logits, row: 0, history: request.tokenIDs, promptTokenCount: request.promptTokenCount,
                request.sampling.penalties, marks: row.workspace.marks)
        }
        guard scalesLogits(request) else { return }
        let temperature = request.sampling.effectiveTemperature
        backend.withLogits(row.logits, row: 0) { elements in
            for index in elements.indices { elements[index] /= temperature }
        }
        apply(request.processors.filter(\.keepsArgmax), row)
    }

    func scalesLogits(_ request: InputBatch.Row) -> Bool {
        guard !request.sampling.isGreedy else { return false }
        return request.processors.contains(where: \.keepsArgmax)
            || configuration.processors.contains(where: \.keepsArgmax)
    }

    private func apply(_ processors: [any LogitsProcessor], _ row: SamplerRow) {
        guard !processors.isEmpty else { return }
        let context = row.request.context
        backend.withLogits(row.logits, row: 0) { elements in
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

extension SamplingParams {
    fileprivate var penalties: LogitPenalties {
        LogitPenalties(repetition: repetitionPenalty, frequency: frequencyPenalty, presence: presencePenalty)
    }
}
