import EngineTypes
import Scheduling
import Testing

@Suite struct StopTests {
    /// Returns the output that ends a request whose tokens are all `token`.
    private func end(
        maxModelLength: Int = 200, sampling token: TokenID = 7, _ change: (inout EngineCoreRequest) -> Void
    ) throws -> (last: EngineCoreOutput, count: Int) {
        var scheduler = makeScheduler(maxModelLength: maxModelLength)
        var request = makeRequest(1, prompt: 8, maxTokens: 20)
        change(&request)
        try scheduler.add(request)
        var count = 0
        while true {
            let output = scheduler.run(sampling: token).outputs[0]
            count += output.newTokenIDs.count
            guard output.finishReason == nil else { return (output, count) }
        }
    }

    @Test func `an end-of-sequence token stops without a stop reason`() throws {
        let (last, count) = try end { $0.generation.eosTokenIDs = [7] }
        #expect(last.finishReason == .stop && last.stopReason == nil && count == 1)
    }

    @Test func `a stop token is the stop reason`() throws {
        let (last, count) = try end { $0.sampling.stopTokenIDs = [3, 7] }
        #expect(last.finishReason == .stop && last.stopReason == .token(7) && count == 1)
    }

    @Test func `an ignored end-of-sequence token does not stop`() throws {
        let (last, count) = try end {
            $0.generation.eosTokenIDs = [7]
            $0.sampling.ignoreEOS = true
        }
        #expect(last.finishReason == .length && count == 20)
    }

    @Test func `nothing stops before min_tokens`() throws {
        let (last, count) = try end {
            $0.generation.eosTokenIDs = [7]
            $0.sampling.minTokens = 5
        }
        #expect(last.finishReason == .stop && count == 5)
    }

    @Test func `the context ends a request even before min_tokens`() throws {
        let (last, count) = try end(maxModelLength: 12) { $0.sampling.minTokens = 15 }
        #expect(last.finishReason == .length && count == 4)
    }

    @Test func `max_tokens ends with length`() throws {
        let (last, count) = try end { $0.generation.maxTokens = 3 }
        #expect(last.finishReason == .length && last.stopReason == nil && count == 3)
    }

    @Test func `tokens after a stop are dropped`() throws {
        var scheduler = makeScheduler()
        var request = makeRequest(1)
        request.generation.eosTokenIDs = [9]
        try scheduler.add(request)
        _ = scheduler.schedule()
        let item = PositionLogprobs(sampled: TokenLogprob(token: 1, logprob: -1, rank: 1), top: [])
        var computed = ModelRunnerOutput()
        computed.sampled = [
            SampledTokens(id: RequestID(1), tokenIDs: [5, 9, 6], logprobs: [item, item, item])
        ]
        let output = scheduler.update(from: computed)[0]
        #expect(output.newTokenIDs == [5, 9] && output.logprobs.count == 2 && output.finishReason == .stop)
    }

    @Test func `prompt log-probabilities come once, with the first token`() throws {
        var scheduler = makeScheduler(budget: 4)
        var request = makeRequest(1, prompt: 6)
        request.sampling.promptLogprobs = 0
        try scheduler.add(request)
        let items = (0..<6).map {
            PositionLogprobs(sampled: TokenLogprob(token: TokenID($0), logprob: 0, rank: 1), top: [])
        }
        _ = scheduler.schedule()
        var computed = ModelRunnerOutput()
        computed.promptLogprobs = [PromptLogprobsChunk(id: RequestID(1), start: 1, items: Array(items[1...4]))]
        #expect(scheduler.update(from: computed).isEmpty)
        _ = scheduler.schedule()
        computed.promptLogprobs = [PromptLogprobsChunk(id: RequestID(1), start: 5, items: [items[5]])]
        computed.sampled = [SampledTokens(id: RequestID(1), tokenIDs: [7], logprobs: [])]
        #expect(scheduler.update(from: computed)[0].promptLogprobs == [nil] + items[1...5].map { $0 })
        #expect(scheduler.run().outputs[0].promptLogprobs == nil)
    }
}
