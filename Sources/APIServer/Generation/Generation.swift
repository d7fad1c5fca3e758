import EngineTypes
import Needletail

/// The engine requests that answer one API request, grouped by prompt.
struct Generation: Sendable {
    private enum Source {
        /// One stream per generated choice, grouped by prompt.
        case requests([RequestStream])
        /// One beam search per prompt.
        case beams([BeamSearch])
    }

    private let source: Source
    private let choices: ChoiceFields
    private let parameterNames: [String: String]
    /// Whether the answer shows log-probabilities; otherwise they only rank the outputs.
    private let showsLogprobs: Bool

    /// Starts all requests; throws if one cannot start, and leaves none running. Errors use the API's field names.
    init(
        _ client: any EngineClient, prompts: [PreparedPrompt], _ fields: GenerationFields, for caller: Caller?
    ) throws(RequestError) {
        do throws(RequestError) {
            try self.init(of: prompts, client, fields, caller)
        } catch {
            throw error.renamed(fields.parameterNames)
        }
    }

    private init(
        of prompts: [PreparedPrompt], _ client: any EngineClient, _ fields: GenerationFields, _ caller: Caller?
    ) throws(RequestError) {
        let count = prompts.count * fields.choices.generated
        guard count <= client.info.maxCallerRequestCount else {
            throw .invalid(
                fields.choices.fieldName ?? "prompt",
                "prompts times outputs must be at most \(client.info.maxCallerRequestCount) (half the sum of "
                    + "--max-num-seqs and --max-num-queued-reqs), got \(count)")
        }
        try client.input.validateCost(of: fields.sampling, outputCount: fields.choices.generated)
        choices = fields.choices
        parameterNames = fields.parameterNames
        showsLogprobs = fields.sampling.logprobs != nil
        var context = RequestMetadata()
        context.cacheSalt = fields.cacheSalt
        context.priority = fields.priority
        context.caller = caller
        var ticket = try client.admit(count, isSearch: fields.choices.beams != nil, for: caller)
        if let beams = fields.choices.beams {
            var searches: [BeamSearch] = []
            for prompt in prompts {
                context.ticket = ticket.split(fields.choices.generated)
                searches.append(
                    try BeamSearch(
                        client, prompt: prompt.tokenIDs, fields.sampling, width: fields.choices.returned,
                        lengthPenalty: beams.lengthPenalty, context))
            }
            source = .beams(searches)
            return
        }
        var sampling = fields.sampling
        if choices.generated > choices.returned { try sampling.rankOutputs() }
        let prepared = try client.input.prepare(sampling)
        var streams: [RequestStream] = []
        for prompt in prompts {
            context.parent =
                choices.generated > 1
                ? ParentRequest(choiceCount: choices.generated, returnedCount: choices.returned) : nil
            for choice in 0..<choices.generated {
                context.choiceIndex = choice
                context.ticket = ticket.split(1)
                streams.append(try client.generate(prompt.tokenIDs, prepared, context))
            }
        }
        source = .requests(streams)
    }

    /// Ends all requests within one step.
    func cancel() {
        switch source {
        case .requests(let streams): for stream in streams { stream.cancel() }
        case .beams(let searches): for search in searches { search.cancel() }
        }
    }

    /// Waits for all outputs and returns those of the answer, `n` per prompt, grouped by prompt.
    func collect() async throws(RequestError) -> [RequestOutput] {
        do throws(RequestError) {
            return try await collectAll()
        } catch {
            throw error.renamed(parameterNames)
        }
    }

    private func collectAll() async throws(RequestError) -> [RequestOutput] {
        var outputs: [RequestOutput] = []
        switch source {
        case .requests(let streams):
            for stream in streams { outputs.append(try await stream.collect()) }
            if choices.generated > choices.returned { outputs = best(of: outputs) }
        case .beams(let searches):
            for search in searches { outputs += try await search.run() }
        }
        return outputs
    }

    /// Returns the most likely outputs of each prompt, best first.
    private func best(of outputs: [RequestOutput]) -> [RequestOutput] {
        stride(from: 0, to: outputs.count, by: choices.generated).flatMap { first in
            let all = outputs[first..<first + choices.generated]
            // The choices hit blocks that the first of them computed, so only the smallest count was cached before.
            let cachedTokenCount = all.map(\.cachedTokenCount).min() ?? 0
            return all.sorted { $0.cumulativeLogprob ?? 0 > $1.cumulativeLogprob ?? 0 }
                .prefix(choices.returned)
                .map { output in
                    var output = output
                    output.cachedTokenCount = cachedTokenCount
                    if !showsLogprobs { output.logprobs = [] }
                    return output
                }
        }
    }

    /// Returns a reader of the outputs, which are not ranked. Traps for beam search. `interval`: minimum tokens per
    /// piece.
    func makeReader(interval: Int) -> GenerationReader {
        guard case .requests(let streams) = source else { preconditionFailure("beams are not streamed") }
        return GenerationReader(streams, interval: interval)
    }
}

extension SamplingParams {
    /// Requests the log-probabilities that outputs are ranked by.
    fileprivate mutating func rankOutputs() throws(RequestError) {
        logprobs = logprobs ?? 0
        guard logprobsMode?.isNormalized ?? true else {
            throw .invalid("logprobs_mode", "must be raw_logprobs or processed_logprobs with best_of")
        }
        logprobsMode = logprobsMode ?? .rawLogprobs
    }
}
