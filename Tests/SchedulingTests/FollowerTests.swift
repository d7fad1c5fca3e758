import EngineCore
import EngineTypes
import Scheduling
import Testing

/// Requests with the same prompt: the first computes it, the others start at its last token.
@Suite struct FollowerTests {
    private static func follower(_ id: UInt64, of leader: UInt64, tokens: [TokenID]) -> EngineCoreRequest {
        var request = makeRequest(id, tokens: tokens)
        request.leader = RequestID(leader)
        return request
    }

    private static func family(_ prompt: [TokenID], _ scheduler: inout Scheduler) throws {
        try scheduler.addAll(
            makeRequest(1, tokens: prompt), follower(2, of: 1, tokens: prompt), follower(3, of: 1, tokens: prompt))
    }

    @Test(arguments: [6, 8, 9, 11])
    func `followers compute only the last token of the prompt`(length: Int) throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(length, stream: 1)
        try Self.family(prompt, &scheduler)
        #expect(scheduler.run().plan.counts == [1: length])
        let second = scheduler.run().plan
        #expect(second.counts == [1: 1, 2: 1, 3: 1])
        #expect(second.newRequests.map(\.computedTokenCount) == [length - 1, length - 1])
        // The prefix's last tokens are copied unless they fill a block.
        #expect(second.blockCopies.count == ((length - 1) % 4 == 0 ? 0 : 2))
        #expect(scheduler.stats.prefixCacheHitTokens == 2 * (length - 1))
    }

    @Test func `followers wait until the whole prompt is computed`() throws {
        var scheduler = makeScheduler(budget: 5)
        try Self.family(makePrompt(11, stream: 1), &scheduler)
        try scheduler.add(makeRequest(4, prompt: 3))
        #expect(scheduler.run().plan.counts == [1: 5])
        #expect(scheduler.stats.deferredCount == 2 && scheduler.stats.waitingCount == 3)
        // Other requests overtake meanwhile.
        scheduler.run()
        #expect(scheduler.run().plan.counts == [1: 1, 4: 3])
        #expect(scheduler.stats.deferredCount == 0 && scheduler.waitingIDs == ids(2, 3))
        #expect(scheduler.run().plan.counts == [1: 1, 2: 1, 3: 1, 4: 1])
    }

    @Test func `a leader that has ended leaves its full blocks`() throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(7, stream: 1)
        try scheduler.addAll(makeRequest(1, tokens: prompt, maxTokens: 1), Self.follower(2, of: 1, tokens: prompt))
        #expect(scheduler.run().outputs[0].finishReason == .length)
        let second = scheduler.run().plan
        #expect(second.counts == [2: 3] && second.blockCopies.isEmpty)
    }

    @Test func `followers go on alone after their leader is aborted`() throws {
        var scheduler = makeScheduler(budget: 5)
        try Self.family(makePrompt(11, stream: 1), &scheduler)
        scheduler.run()
        _ = scheduler.abort(RequestID(1))
        scheduler.checkInvariants()
        #expect(scheduler.waitingIDs == ids(2, 3))
        #expect(scheduler.runToEnd().map(\.id) == ids(2, 3))
    }

    @Test func `followers go on alone if their leader has no token to choose`() throws {
        var scheduler = makeScheduler()
        try Self.family(makePrompt(7, stream: 1), &scheduler)
        _ = scheduler.schedule()
        var computed = ModelRunnerOutput()
        let error = RequestError.invalid("allowed_token_ids", "leaves none")
        computed.sampled = [SampledTokens(id: RequestID(1), tokenIDs: [], logprobs: [], error: error)]
        let outputs = scheduler.update(from: computed)
        #expect(outputs.map(\.finishReason) == [.error] && outputs[0].error == error)
        #expect(outputs[0].newTokenIDs.isEmpty)
        scheduler.checkInvariants()
        #expect(scheduler.waitingIDs == ids(2, 3))
        #expect(scheduler.runToEnd().map(\.id) == ids(2, 3))
    }

    @Test func `a follower can be aborted`() throws {
        var scheduler = makeScheduler(budget: 5)
        try Self.family(makePrompt(11, stream: 1), &scheduler)
        scheduler.run()
        #expect(scheduler.abort(RequestID(2))?.finishReason == .abort)
        scheduler.checkInvariants()
        #expect(scheduler.stats.deferredCount == 1)
        #expect(Set(scheduler.runToEnd().map(\.id)) == Set(ids(1, 3)))
    }

    @Test func `without prefix caching nobody waits`() throws {
        var scheduler = makeScheduler(caching: false)
        try Self.family(makePrompt(7, stream: 1), &scheduler)
        #expect(scheduler.run().plan.counts == [1: 7, 2: 7, 3: 7])
    }

    @Test func `states are copied only at block boundaries`() throws {
        var scheduler = makeScheduler(Groups.hybrid)
        try Self.family(makePrompt(11, stream: 1), &scheduler)
        _ = scheduler.run()
        _ = scheduler.run()
        let second = scheduler.run().plan
        #expect(second.newRequests.map(\.computedTokenCount) == [8, 8])
    }
}
