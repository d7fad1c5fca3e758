package import EngineTypes
import Synchronization
import Tokenization

/// Beam search on top of the engine: each step requests the most likely next tokens of every beam, whose common
/// prefixes are in the prefix cache, and keeps the best beams. The outputs are the best beams, ended or not, by
/// log-probability over `length ^ lengthPenalty` (prompt and output, as in vLLM).
package final class BeamSearch: Sendable {
    private let client: any EngineClient
    private let prompt: [TokenID]
    private let sampling: SamplingParams
    private let width: Int
    private let lengthPenalty: Double
    private let context: RequestMetadata
    private let state = Mutex(State())

    private struct State {
        var streams: [RequestStream] = []
        var isCancelled = false
    }

    /// Creates a search. Throws if the engine does not admit it.
    package init(
        _ client: any EngineClient, prompt: [TokenID], _ sampling: SamplingParams, width: Int, lengthPenalty: Double,
        _ context: RequestMetadata
    ) throws(RequestError) {
        self.client = client
        self.prompt = prompt
        self.sampling = sampling
        self.width = width
        self.lengthPenalty = lengthPenalty
        var context = context
        if context.ticket == nil {
            context.ticket = try client.admit(width, isSearch: true, for: context.caller)
        }
        self.context = context
    }

    /// Runs the search and returns the outputs, best first.
    package func run() async throws(RequestError) -> [RequestOutput] {
        try sampling.validate(client.input.limits)
        let maxTokens = try client.input.maxTokens(after: prompt, sampling)
        var beams = [Beam()]
        var ended: [Beam] = []
        for _ in 0..<maxTokens {
            let steps = try await nextTokens(of: beams)
            let candidates = zip(beams, steps).flatMap { beam, step in
                step.top.map { Candidate(beam: beam, step: step, token: $0) }
            }
            ended += candidates.filter(endsOutput).map {
                $0.grown(keeping: sampling.logprobs).ending(keepsToken: sampling.includeStopStringInOutput)
            }
            beams = candidates.filter { !endsOutput($0) }.sorted { $0.logprob > $1.logprob }.prefix(width)
                .map { $0.grown(keeping: sampling.logprobs) }
            if beams.isEmpty { break }
        }
        let best = (ended + beams).sorted { score($0) > score($1) }.prefix(width)
        var outputs: [RequestOutput] = []
        for beam in best { outputs.append(try output(beam)) }
        return outputs
    }

    /// Cancels the search within one step.
    package func cancel() {
        let streams = state.withLock { state in
            state.isCancelled = true
            return state.streams
        }
        for stream in streams { stream.cancel() }
    }

    /// Requests the `2 * width` most likely next tokens of each beam, so that `width` beams can go on even if as many
    /// end.
    private func nextTokens(of beams: [Beam]) async throws(RequestError) -> [PositionLogprobs] {
        var step = SamplingParams.greedy(maxTokens: 1)
        step.ignoreEOS = true
        step.logprobs = min(2 * width, client.info.vocabularySize)
        step.logprobsMode = .rawLogprobs
        let prepared = try client.input.prepare(step, hasUnlimitedLogprobs: true)
        var streams: [RequestStream] = []
        for beam in beams { streams.append(try client.generate(prompt + beam.tokenIDs, prepared, context)) }
        let isCancelled = state.withLock { state in
            state.streams = streams
            return state.isCancelled
        }
        if isCancelled { throw RequestError(.cancelled, "the request was cancelled") }
        var positions: [PositionLogprobs] = []
        for stream in streams {
            let output = try await stream.collect()
            guard output.finishReason != .abort else { throw RequestError(.overloaded, "the engine was paused") }
            guard let position = output.logprobs.first else {
                throw RequestError(.engineDead, "a step of the beam search has no log-probabilities")
            }
            positions.append(position)
        }
        return positions
    }

    private func endsOutput(_ candidate: Candidate) -> Bool {
        !sampling.ignoreEOS && client.input.eosTokenIDs.contains(candidate.token.token)
    }

    private func score(_ beam: Beam) -> Double {
        beam.logprob / Double(prompt.count + beam.scoredCount).raised(to: lengthPenalty)
    }

    private func output(_ beam: Beam) throws(RequestError) -> RequestOutput {
        var output = RequestOutput()
        output.promptTokenIDs = prompt
        output.tokenIDs = beam.tokenIDs
        output.text =
            client.input.tokenizer?.tokenizer.decode(
                beam.tokenIDs, skipSpecialTokens: sampling.skipSpecialTokens) ?? ""
        output.logprobs = beam.positions
        output.cumulativeLogprob = beam.logprob
        output.finishReason = beam.hasEnded ? .stop : .length
        return output
    }
}
